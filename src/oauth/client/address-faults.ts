import type { ApplicationType } from './client.ts'

export const LONGEST_ADDRESS = 512

// RFC 3986, section 2: all that a URI is written with, but no fragment. `*` is legal in one; nobody means itself by it.
const CHARACTERS = /^[A-Za-z0-9\-._~:/?[\]@!$&'()+,;=%]+$/
// What decodes to a dot, a slash, a backslash, a percent sign or a control character reads otherwise to the next reader.
const TRICKS = /%(?![0-9A-Fa-f]{2})|%(?:2e|2f|5c|25|[01][0-9a-f]|7f)/i
// RFC 8252, section 7.1: a scheme of one's own is the reverse of a domain of one's own.
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
// What we answer with: an address that has one of them already would say two things.
const ANSWERED: readonly string[] = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'response']

/**
 * What is wrong with an address that browsers are sent to; null when it is right. It is compared to the character later,
 * so it must be written as every reader of addresses writes it.
 *
 * @param applicationType a native application may also be reached on this device: at a loopback address by plain HTTP, or
 * by a scheme of its own (RFC 8252, section 7)
 * @example redirectFault('https://shop.example.com/*', 'web') // 'must be …'
 */
export function redirectFault(text: string, applicationType: ApplicationType): string | null {
  const url = shaped(text)
  if (typeof url === 'string') return url
  const answered = ANSWERED.find((name) => url.searchParams.has(name))
  if (answered !== undefined) return `must not have "${answered}" in its query: that is what is answered`
  if (url.protocol === 'https:') return claimedFault(url, applicationType)
  if (applicationType === 'web') return 'must begin with https://; anything else is for native applications'
  if (url.protocol === 'http:')
    return LOOPBACK.has(url.hostname) ? null : 'may be plain http only for a loopback address'
  return PRIVATE_SCHEME.test(url.protocol) && /^[^:]+:\//.test(text)
    ? null
    : 'must be https://, http:// at a loopback address, or a scheme with a dot such as com.example.app:/callback'
}

/**
 * What is wrong with an address of a client that this server or a page calls; null when it is right. On this machine a
 * native application answers by plain HTTP.
 */
export function webFault(text: string, applicationType: ApplicationType = 'web'): string | null {
  const url = shaped(text)
  if (typeof url === 'string') return url
  if (url.protocol === 'https:') return null
  const here = applicationType === 'native' && url.protocol === 'http:' && LOOPBACK.has(url.hostname)
  return here ? null : 'must begin with https://'
}

/** What is wrong with an origin; null when it is right. */
export function originFault(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || url.origin !== text)
    return 'must be an origin such as https://app.example.com, with nothing after it'
  if (url.protocol === 'https:') return null
  return url.protocol === 'http:' && LOOPBACK.has(url.hostname) ? null : 'must be https, or http at a loopback address'
}

/** What is wrong with the name of an API (RFC 8707, section 2); null when it is right. */
export function resourceFault(text: string): string | null {
  if (text.length > LONGEST_ADDRESS || !CHARACTERS.test(text) || isTricky(text) || !URL.canParse(text)) {
    return 'must be an absolute URI without a fragment, such as https://api.example.com'
  }
  return null
}

// Bytes that are no UTF-8, such as an overlong dot, are read differently by different readers (RFC 3629, section 10).
function isTricky(text: string): boolean {
  if (TRICKS.test(text)) return true
  try {
    return decodeURIComponent(text) === ''
  } catch {
    return true
  }
}

function shaped(text: string): URL | string {
  if (text.length > LONGEST_ADDRESS) return `must have no more than ${LONGEST_ADDRESS} characters`
  if (text.includes('#')) return 'must not have a fragment'
  if (text.includes('*')) return 'must be one whole address: there are no wildcards'
  if (!CHARACTERS.test(text) || isTricky(text)) {
    return 'must be an address without encoded dots, slashes or control characters'
  }
  const url = URL.parse(text)
  if (url === null) return 'must be an absolute address'
  if (url.username !== '' || url.password !== '' || authorityOf(text).includes('@')) return 'must not name a user'
  // A parser that mends what it reads would be sent to somewhere that was not written.
  if (url.href !== text && url.href !== `${text}/`) return `must be written as it is read: ${url.href}`
  return /\/\.\.?(?:[/?]|$)/.test(text) ? 'must not have "." or ".." in its path' : url
}

// RFC 8252, section 8.3: a claimed address is one that others can reach, too.
function claimedFault(url: URL, applicationType: ApplicationType): string | null {
  return applicationType === 'native' && LOOPBACK.has(url.hostname)
    ? 'must be plain http at a loopback address: nobody has a certificate for it'
    : null
}

function authorityOf(text: string): string {
  return /^[a-z0-9+.-]+:\/\/([^/?]*)/.exec(text)?.[1] ?? ''
}
