/** What a configuration wants with a header: to choose by it, to write it, or to take it away. */
export type HeaderUse = 'match' | 'write' | 'remove'

const TOKEN = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/

/** About one connection, or about where a message ends (RFC 9110, section 7.6.1; RFC 9112, section 6). */
export const CONNECTION_HEADERS: readonly string[] = [
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

const FRAMING: ReadonlySet<string> = new Set([...CONNECTION_HEADERS, 'content-length'])

/** They would tell an upstream another method, path, client or host than the one that was judged. */
const JUDGED =
  /^(x-principal|x-sallyport|x-forwarded|forwarded$|x-request-id$|via$|x-http-method|x-method-override$|x-original-|x-rewrite-url$|client-ip$|cf-connecting-ip$|fastly-client-ip$|true-client-ip$|x-client-ip$|x-cluster-client-ip$|x-host$|x-proxyuser-ip$|x-real-ip$)/

const CREDENTIALS: ReadonlySet<string> = new Set(['apikey', 'authorization', 'cookie', 'dpop', 'x-api-key'])

/**
 * Why a header can not be used so, or null. Framing and what says who asks are the gateway's alone; credentials are
 * for authenticators to read, and are in no configuration.
 *
 * @example headerFault('X-Principal-Id', 'write') // 'is written by the gateway alone'
 */
export function headerFault(name: string, use: HeaderUse): string | null {
  if (!TOKEN.test(name)) return 'must be the name of a header: letters, digits and `-`'
  const plain = name.toLowerCase()
  if (plain === 'host' && use === 'match') return 'has a word of its own: use `host`'
  if (FRAMING.has(plain)) return 'is about one connection, or where a message ends, which no route can change'
  if (JUDGED.test(plain)) return 'is written by the gateway alone'
  if (CREDENTIALS.has(plain) && use === 'match') return 'carries credentials, which are for `authenticate` to read'
  if (CREDENTIALS.has(plain) && use === 'write') return 'carries credentials, which must not be in a configuration'
  return null
}
