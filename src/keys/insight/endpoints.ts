/** Where a request went: the route that matched, the method, and the path with its variable parts named. */
export type Endpoint = { readonly method: string; readonly route: string | null; readonly path: string | null }

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const LONGEST_PATH = 128
const LONGEST_ROUTE = 128
const LONGEST_WORD = 32
const BETWEEN = '\n'

/** One text for an endpoint, to count by. */
export function endpointName(method: string | null, route: string | null, path: string | null): string {
  const known = method !== null && METHODS.has(method) ? method : 'other'
  return `${known}${BETWEEN}${(route ?? '').slice(0, LONGEST_ROUTE)}${BETWEEN}${path === null ? '' : templateOf(path)}`
}

export function endpointOf(name: string): Endpoint {
  const [method = '', route = '', ...path] = name.split(BETWEEN)
  return { method, route: route === '' ? null : route, path: path.length === 0 ? null : path.join(BETWEEN) || null }
}

/**
 * A path with `{id}` in place of what looks like one, so that `/orders/1` and `/orders/2` are one endpoint: a part with a
 * digit in it that is not a version such as `v1`, or a very long part.
 */
export function templateOf(path: string): string {
  // One pass and no copy of a path without ids: this is asked for every request.
  let made = ''
  let copied = 0
  let start = 0
  let digit = false
  for (let i = 0; i <= path.length; i++) {
    const code = i === path.length ? SLASH : path.charCodeAt(i)
    if (code >= ZERO && code <= NINE) digit = true
    if (code !== SLASH) continue
    if (i - start > LONGEST_WORD || (digit && !isVersion(path, start, i))) {
      made += `${path.slice(copied, start)}{id}`
      copied = i
    }
    start = i + 1
    digit = false
  }
  return (copied === 0 ? path : made + path.slice(copied)).slice(0, LONGEST_PATH)
}

const SLASH = 0x2f
const ZERO = 0x30
const NINE = 0x39

function isVersion(path: string, start: number, end: number): boolean {
  return end - start <= 4 && /^v\d+$/i.test(path.slice(start, end))
}
