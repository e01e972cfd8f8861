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
  return mayHoldIds(path) ? path.split('/').map(partOf).join('/').slice(0, LONGEST_PATH) : path
}

// Most paths need no work: this is asked for every request.
function mayHoldIds(path: string): boolean {
  if (path.length > LONGEST_WORD) return true
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code >= 48 && code <= 57) return true
  }
  return false
}

function partOf(part: string): string {
  return part.length > LONGEST_WORD || (/\d/.test(part) && !/^v\d{1,3}$/i.test(part)) ? '{id}' : part
}
