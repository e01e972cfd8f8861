import type { Secret } from '../../core/index.ts'

/**
 * Cookies that no other host and no script can read or set: the prefix `__Host-` demands Secure, the path `/` and no
 * domain (RFC 6265bis, section 4.1.3.2). Browsers take them on `http://localhost` too.
 */
export const SESSION_COOKIE = '__Host-sallyport_session'
export const DEVICE_COOKIE = '__Host-sallyport_device'

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** @param maxAge milliseconds */
export function setCookie(name: string, value: Secret, maxAge: number): string {
  return `${name}=${value.reveal()}; Max-Age=${Math.floor(maxAge / 1000)}; ${ATTRIBUTES}`
}

export function clearCookie(name: string): string {
  return `${name}=; Max-Age=0; ${ATTRIBUTES}`
}

/** The value of a cookie in a `Cookie` header: null when there is none, `'ambiguous'` when there are several. */
export function readCookie(header: string | undefined, name: string): string | 'ambiguous' | null {
  if (header === undefined) return null
  const at = startOf(header, name, 0)
  if (at === -1) return null
  if (startOf(header, name, at) !== -1) return 'ambiguous'
  const end = header.indexOf(';', at)
  return (end === -1 ? header.slice(at) : header.slice(at, end)).trim()
}

// Where the value of the next cookie of this name begins, or -1. Every request with a session walks here.
function startOf(header: string, name: string, from: number): number {
  for (let at = header.indexOf(name, from); at !== -1; at = header.indexOf(name, at + 1)) {
    const end = at + name.length
    if (header[end] === '=' && isPairStart(header, at)) return end + 1
  }
  return -1
}

function isPairStart(header: string, at: number): boolean {
  let before = at - 1
  while (header[before] === ' ' || header[before] === '\t') before--
  return before < 0 || header[before] === ';'
}
