import type { InnerList, Item } from './field.ts'
import { serializeInnerList, serializeItem } from './serialize.ts'

/** A request as far as a signature can be about it. */
export type SignedMessage = {
  readonly method: string
  /** Scheme, authority and path, as they were sent and without the query: `https://api.example.com/orders`. */
  readonly address: string
  /** As it was sent, without `?`; empty when there is none. */
  readonly query: string
  /** One header by its lower-case name; several lines of it joined with `, `. */
  readonly header: (name: string) => string | undefined
}

/** The text that is signed (RFC 9421, section 2.5), or the component for which there is no value. */
export type SignatureBase =
  | { readonly ok: true; readonly base: string }
  | { readonly ok: false; readonly component: string }

const FIELD_NAME = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/
// Neither line ends, which would make lines of their own, nor bytes that two sides read differently.
const PRINTABLE = /^[\t\x20-\x7e]*$/

/**
 * Makes the signature base of what a signature covers (section 2.5): one line for each component, and one for the
 * parameters of the signature themselves.
 *
 * @param covered the member of `Signature-Input`
 */
export function signatureBase(message: SignedMessage, covered: InnerList): SignatureBase {
  const lines: string[] = []
  const seen = new Set<string>()
  for (const item of covered.items) {
    const identifier = serializeItem(item)
    const value = seen.has(identifier) ? null : componentValue(message, item)
    if (value === null || !PRINTABLE.test(value)) return { ok: false, component: identifier }
    seen.add(identifier)
    lines.push(`${identifier}: ${value}`)
  }
  lines.push(`"@signature-params": ${serializeInnerList(covered)}`)
  return { ok: true, base: lines.join('\n') }
}

/** The value of one component (sections 2.1 and 2.2), or null where the request has none. */
export function componentValue(message: SignedMessage, { item, parameters }: Item): string | null {
  if (item.is !== 'string') return null
  const name = item.value
  if (name === '@query-param') return queryParameter(message, { item, parameters })
  // Ways to read a header otherwise (`sf`, `key`, `bs`, `tr`, `req`) are for those who sign answers and trailers.
  if (parameters.size > 0) return null
  if (name.startsWith('@')) return Object.hasOwn(DERIVED, name) ? (DERIVED[name]?.(message) ?? null) : null
  return FIELD_NAME.test(name) ? (message.header(name)?.trim() ?? null) : null
}

type Derive = (message: SignedMessage) => string | null

const DERIVED: Readonly<Record<string, Derive>> = {
  '@method': ({ method }) => method,
  '@target-uri': ({ address, query }) => `${address}${query === '' ? '' : `?${query}`}`,
  '@authority': ({ address }) => authorityOf(address),
  '@scheme': ({ address }) => /^([a-z]+):/.exec(address)?.[1] ?? null,
  '@request-target': ({ address, query }) => `${pathOf(address)}${query === '' ? '' : `?${query}`}`,
  '@path': ({ address }) => pathOf(address),
  '@query': ({ query }) => `?${query}`,
}

/** The names of what is derived from a request, besides its headers. */
export const DERIVED_COMPONENTS: readonly string[] = Object.freeze([...Object.keys(DERIVED), '@query-param'])

// In lower case, and without the port that the scheme means anyway (section 2.2.3).
function authorityOf(address: string): string | null {
  const [, scheme, authority] = /^(https?):\/\/([^/?#]+)/.exec(address) ?? []
  if (authority === undefined) return null
  const usual = scheme === 'https' ? ':443' : ':80'
  const lower = authority.toLowerCase()
  return lower.endsWith(usual) ? lower.slice(0, -usual.length) : lower
}

function pathOf(address: string): string {
  const path = address.slice(address.indexOf('/', address.indexOf('://') + 3))
  return path.startsWith('/') ? path : '/'
}

// Section 2.2.8: one parameter of the query, which must be there once.
function queryParameter({ query }: SignedMessage, { parameters }: Item): string | null {
  const named = parameters.get('name')
  if (parameters.size !== 1 || named?.is !== 'string') return null
  const values = [...new URLSearchParams(query)].filter(([name]) => percentEncoded(name) === named.value)
  return values.length === 1 ? percentEncoded((values[0] as [string, string])[1]) : null
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()~]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
