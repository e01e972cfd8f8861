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
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  if (found.length > 1) return 'ambiguous'
  return found[0]?.slice(name.length + 1) ?? null
}
