/** Whose path ends with a slash, and which has neither query nor fragment. */
export type Base = { readonly origin: string; readonly path: string }

/** @throws TypeError for an address that paths cannot be put behind */
export function baseOf(text: unknown): Base {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError('url must be the address of the third party, such as https://api.example.com/v1/')
  if (/[?#@]/.test(String(text))) throw new TypeError('url must have no query, no fragment and no password')
  return Object.freeze({ origin: url.origin, path: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/` })
}

const PLAIN = /^\/?[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$/
/** Separators and dots that somebody behind could decode once more. */
const HIDDEN = /%(2f|5c|2e|25|00)/i

/**
 * The whole address of a path below a base, or null for one that leads out of it: often an id in it comes from a stranger.
 *
 * @param path percent-encoded where it has to be, without a query
 * @param query its names and values as they are meant, not encoded
 */
export function addressBelow(base: Base, path: string, query: Readonly<Record<string, string>>): string | null {
  if (!PLAIN.test(path) || HIDDEN.test(path) || path.includes('//')) return null
  const pathname = base.path + path.replace(/^\//, '')
  const url = URL.parse(base.origin + pathname)
  // What a parser mends, such as two dots, is not what was asked for.
  if (url === null || url.origin !== base.origin || url.pathname !== pathname) return null
  const search = new URLSearchParams(query).toString()
  return search === '' ? url.href : `${url.href}?${search}`
}
