import type { FieldError } from '../../core/index.ts'

/** How the standards tell errors of registration (RFC 7591, section 3.2.2; RFC 6750, section 3.1). */
export type Refusal = {
  readonly status: number
  readonly error: string
  readonly description: string
  /** Seconds. */
  readonly retryAfter?: number
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export function refuse(status: number, error: string, description: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { status, error, description } }
}

/** Who does not show the token that it needs; the answer is the same whatever is wrong with it. */
export function refuseToken(): { ok: false; refusal: Refusal } {
  return refuse(401, 'invalid_token', 'the token is missing, or no good')
}

export function refuseMetadata(faults: readonly FieldError[]): { ok: false; refusal: Refusal } {
  const isAddress = faults.every(({ path }) => path.startsWith('redirect_uris'))
  const error = isAddress ? 'invalid_redirect_uri' : 'invalid_client_metadata'
  const told = faults.slice(0, 5).map(({ path, message }) => `${path} ${message}`)
  return refuse(400, error, told.join('; '))
}
