import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { isMailProvider } from './providers.ts'

/** A domain that an organization says is theirs. Times are milliseconds. */
export type Domain = {
  readonly organization: string
  readonly domain: string
  /** What the DNS has to say. No secret: only whoever runs the domain can make it say so. */
  readonly token: string
  readonly createdAt: number
  /** Null while the DNS has not proved it, or does not any more. */
  readonly verifiedAt: number | null
  readonly checkedAt: number | null
  /** How often in a row a look-up did not find the record. */
  readonly misses: number
}

/** The TXT record that proves a domain. */
export type DomainRecord = { readonly type: 'TXT'; readonly name: string; readonly value: string }

export function recordOf({ domain, token }: Pick<Domain, 'domain' | 'token'>): DomainRecord {
  return { type: 'TXT', name: `_sallyport-challenge.${domain}`, value: `sallyport-verification=${token}` }
}

export type ReadDomain =
  | { readonly is: 'domain'; readonly domain: string }
  | { readonly is: 'refused'; readonly why: string }

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
// What surrounds a host in an address of the web, and is left out or decoded where one is read.
const AROUND = /[\s/\\?#@:%]/
const NUMBER = /^(\d+|0x[0-9a-f]*)$/
// With the name of the record before it there is still room in a name of the DNS (RFC 1035, section 2.3.4).
const LONGEST = 230

/**
 * Reads a domain as people type it, in any script and letter case, with or without a dot at its end. Refused is what
 * nobody can own for an organization: a single label, an address of a host, a provider of mail for everybody.
 *
 * @example readDomain('Bücher.example.') // { is: 'domain', domain: 'xn--bcher-kva.example' }
 */
export function readDomain(text: string): ReadDomain {
  const typed = text.trim().replace(/\.$/, '')
  if (isIP(typed.replace(/^\[|\]$/g, '')) !== 0) return refusedAs('is an address, not a domain')
  const domain = domainToASCII(typed)
  const labels = domain.split('.')
  const isName = !AROUND.test(typed) && domain.length <= LONGEST && labels.every((label) => LABEL.test(label))
  if (!isName) return refusedAs('is not a domain')
  if (labels.length < 2) return refusedAs('must have at least two parts, such as example.com')
  // What ends in a number is read as an address (WHATWG URL, host parsing).
  if (NUMBER.test(labels.at(-1) ?? '')) return refusedAs('is an address, not a domain')
  if (isMailProvider(domain)) return refusedAs('gives mail addresses to everybody, so that it is no organization’s')
  return { is: 'domain', domain }
}

function refusedAs(why: string): ReadDomain {
  return { is: 'refused', why }
}

/** The domain of a mail address as it is kept. */
export function domainOfAddress(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}
