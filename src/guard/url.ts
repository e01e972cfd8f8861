import { type Address, parseAddress } from '../core/index.ts'

/** Which rule an address breaks: what events carry. */
export type Why =
  | 'form'
  | 'scheme'
  | 'credentials'
  | 'fragment'
  | 'host'
  | 'port'
  | 'metadata'
  | 'private_address'
  | 'not_allowed'
  | 'redirect'

/** Why an address is not reached. Neither sentence tells where a name leads. */
export type Fault = {
  readonly why: Why
  /** The end of a sentence that begins with the field that holds the address. */
  readonly says: string
  /** The end of a sentence that begins with a name that leads there. */
  readonly leads?: string
}

/** An address that can be read in one way only. */
export type OutboundUrl = {
  readonly url: URL
  /** As the connection will ask for it: lower case, without brackets. */
  readonly host: string
  readonly port: number
  /** What the host is when it is no name. */
  readonly address: Address | null
}

const LONGEST_URL = 2048
const LONGEST_HOST = 253
const PRINTABLE = /^[\x21-\x5b\x5d-\x7e]+$/
const BEGINNING = /^(https?):\/\/([^/?#]*)/i
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::([1-9]\d{0,4}))?$/i
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Reads an address so strictly that no two programs can see different hosts in it: RFC 3986 in ASCII, and a host that is
 * written as the URL Standard would write it. What a parser would mend (octal and short IPv4, letters of other alphabets,
 * percent signs, zones, a dot at the end) is refused.
 */
export function readUrl(text: string): OutboundUrl | Fault {
  if (text.length > LONGEST_URL || !PRINTABLE.test(text)) return FORM
  const [, scheme, authority = ''] = BEGINNING.exec(text) ?? []
  const url = URL.parse(text)
  if (scheme === undefined) return url === null ? FORM : SCHEME
  if (authority.includes('@')) return { why: 'credentials', says: 'must not hold a user name or password' }
  if (url === null) return FORM
  if (text.includes('#')) return { why: 'fragment', says: 'must not have a fragment' }
  return readHost(url, authority)
}

/** Whether a reading is a fault. */
export function isFault(value: object): value is Fault {
  return 'why' in value
}

const FORM = { why: 'form', says: 'must be an address such as https://hooks.example.com/keys' } as const
const SCHEME = { why: 'scheme', says: 'must begin with https://' } as const

function readHost(url: URL, authority: string): OutboundUrl | Fault {
  const [, written] = AUTHORITY.exec(authority) ?? []
  if (written?.toLowerCase() !== url.hostname) return hostFault(`must name its host plainly, as ${url.hostname}`)
  const isBracketed = written.startsWith('[')
  const host = isBracketed ? url.hostname.slice(1, -1) : url.hostname
  const address = parseAddress(host)
  if (isBracketed && address?.family !== 6) return hostFault('must not hide an IPv4 address in an IPv6 one')
  if (address === null && !isName(host))
    return hostFault('must name its host by letters, digits and hyphens, without a dot at the end')
  return { url, host, port: portOf(url), address }
}

function hostFault(says: string): Fault {
  return { why: 'host', says }
}

// A dot at the end would make a name another one for whoever compares letters.
function isName(host: string): boolean {
  return host.length <= LONGEST_HOST && host.split('.').every((label) => LABEL.test(label))
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}
