import type { Fault } from './url.ts'

/** One request on the way to an answer. Names of headers are lower case. */
export type Hop = {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
}

/** What belongs to the connection, which is ours: RFC 9110, section 7.6.1, and what leads a proxy. */
const OURS =
  /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|expect|accept-encoding)$/
/** What another origin may be told: nothing that proves who asks. */
const HARMLESS = new Set(['accept', 'accept-language', 'accept-encoding', 'user-agent'])
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** The headers of a request without those that are not the caller's to set. */
export function headersOf(given: Readonly<Record<string, string>>, accept: readonly string[]): Hop['headers'] {
  const headers: Record<string, string> = { 'user-agent': 'Sallyport', 'accept-encoding': 'identity' }
  if (accept.length > 0) headers.accept = accept.join(', ')
  for (const [name, value] of Object.entries(given)) {
    if (value !== '' && !OURS.test(name.toLowerCase())) headers[name.toLowerCase()] = value
  }
  return headers
}

/**
 * Where an answer leads: the next request, null when the answer is the last one, or why it is not followed. Across origins
 * nothing goes along that could prove who asks, and never a body (RFC 9110, section 15.4).
 */
export function nextHop(hop: Hop, status: number, location: string | null): Hop | Fault | null {
  if (!REDIRECTS.has(status) || location === null) return null
  const from = new URL(hop.url)
  const to = URL.parse(location, hop.url)
  if (to === null) return fault('leads nowhere')
  to.hash = ''
  if (from.protocol === 'https:' && to.protocol !== 'https:') return fault('leads from https:// to something else')
  const isSame = to.origin === from.origin
  const { method, body } = afterwards(hop, status)
  if (body !== null && !isSame) return fault('would take the body to another origin')
  return { url: to.href, method, body, headers: keep(hop.headers, isSame, body === null) }
}

function fault(says: string): Fault {
  return { why: 'redirect', says }
}

function afterwards({ method, body }: Hop, status: number): Pick<Hop, 'method' | 'body'> {
  const asGet = (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST')
  return asGet ? { method: 'GET', body: null } : { method, body }
}

function keep(headers: Hop['headers'], isSame: boolean, isBare: boolean): Hop['headers'] {
  const kept = Object.entries(headers).filter(
    ([name]) => (isSame || HARMLESS.has(name)) && !(isBare && name.startsWith('content-')),
  )
  return Object.fromEntries(kept)
}
