/** What the browser says of a ceremony: WebAuthn Level 3, section 5.8.1. */
export type ClientData = {
  readonly type: string
  readonly challenge: string
  readonly origin: string
  readonly crossOrigin: boolean
  readonly topOrigin: string | null
}

export type Ceremony = 'webauthn.create' | 'webauthn.get'

type Wanted = { readonly type: Ceremony; readonly origins: readonly string[] }

/** What must hold before anything is verified (sections 7.1, steps 7 to 11, and 7.2, steps 11 to 15). */
const CHECKS: readonly (readonly [reason: string, holds: (data: ClientData, wanted: Wanted) => boolean])[] = [
  ['made in another ceremony', (data, { type }) => data.type === type],
  ['made at another origin', (data, { origins }) => origins.includes(data.origin)],
  ['made in a frame of another site', (data) => !data.crossOrigin && data.topOrigin === null],
]

/** Why what a browser says of a ceremony is refused; null when it is not. The challenge is for its own store to judge. */
export function clientDataFault(data: ClientData, wanted: Wanted): string | null {
  return CHECKS.find(([, holds]) => !holds(data, wanted))?.[0] ?? null
}

/** Reads what the browser says of a ceremony; null when it is nothing of the kind. */
export function readClientData(base64url: string): ClientData | null {
  const data = parse(Buffer.from(base64url, 'base64url'))
  if (typeof data !== 'object' || data === null) return null
  const { type, challenge, origin, crossOrigin = false, topOrigin = null } = data as Record<string, unknown>
  const texts = typeof type === 'string' && typeof challenge === 'string' && typeof origin === 'string'
  if (!texts || typeof crossOrigin !== 'boolean') return null
  if (topOrigin !== null && typeof topOrigin !== 'string') return null
  return { type, challenge, origin, crossOrigin, topOrigin }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    return null
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })
