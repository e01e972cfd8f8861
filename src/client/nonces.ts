/** Nonces that APIs asked for, by their origin: the newest of each counts (RFC 9449, section 8.2). */
export type Nonces = {
  readonly of: (url: string | URL) => string | undefined
  /** Takes over what an answer says. */
  readonly learn: (url: string | URL, answer: Response) => void
}

/** A program talks to few; who is forgotten says it again. */
const MOST_ORIGINS = 100

export function createNonces(): Nonces {
  const known = new Map<string, string>()

  function learn(url: string | URL, { headers }: Response): void {
    const nonce = headers.get('dpop-nonce')
    const { origin } = new URL(url)
    if (nonce === null) return
    known.delete(origin)
    known.set(origin, nonce)
    const [oldest] = known.keys()
    if (known.size > MOST_ORIGINS && oldest !== undefined) known.delete(oldest)
  }

  return Object.freeze({ of: (url: string | URL) => known.get(new URL(url).origin), learn })
}

/** Whether an answer refuses a proof for its nonce alone (RFC 9449, section 9). */
export function wantsNonce({ status, headers }: Response): boolean {
  return status === 401 && /\buse_dpop_nonce\b/.test(headers.get('www-authenticate') ?? '')
}
