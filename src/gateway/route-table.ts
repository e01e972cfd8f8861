import type { Problem } from '../core/index.ts'
import type { LoadedRoute } from './load-routes.ts'
import { refuseRequest } from './problems.ts'

/** Routes by path, then by method. Made once for each configuration, never changed. */
export type RouteTable = {
  /** The route of a request, or the problem that says there is none. */
  readonly find: (method: string, path: string) => LoadedRoute | Problem
  /** The ids of all routes at a path, whatever their method. */
  readonly idsAt: (path: string) => readonly string[]
}

/** The routes that share one path. */
type Leaf = { any: LoadedRoute | null; readonly byMethod: Map<string, LoadedRoute>; allow: string }

type Node = {
  readonly literals: Map<string, Node>
  /** `{name}` or `*`: any one segment. */
  one: Node | null
  /** `**`: this node and all below. */
  rest: Leaf | null
  leaf: Leaf | null
}

const ANY_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Builds the table. In each place of a path a literal comes before a parameter, and a parameter before `**`. The path
 * decides first and the method second: a narrower path rules alone, so that an unlisted method on it is refused and
 * never falls through to a wider and perhaps laxer route.
 *
 * @throws Error when two routes take the same method on the same path
 */
export function createRouteTable(routes: readonly LoadedRoute[]): RouteTable {
  const root = emptyNode()
  for (const route of routes) insert(root, route)
  return Object.freeze({
    find: (method: string, path: string) => {
      const leaf = search(root, path, 1)
      return leaf === null ? NOT_FOUND : byMethod(leaf, method)
    },
    idsAt: (path: string) => {
      const { byMethod: named, any } = search(root, path, 1) ?? emptyLeaf()
      return [...named.values(), ...(any === null ? [] : [any])].map(({ id }) => id)
    },
  })
}

const NOT_FOUND = refuseRequest('ROUTE_NOT_FOUND')

function emptyNode(): Node {
  return { literals: new Map(), one: null, rest: null, leaf: null }
}

function insert(root: Node, route: LoadedRoute): void {
  const segments = route.path.slice(1).split('/')
  const endsInRest = segments.at(-1) === '**'
  if (endsInRest) segments.pop()
  let node = root
  for (const segment of segments) node = child(node, segment)
  if (endsInRest) {
    node.rest ??= emptyLeaf()
    claim(node.rest, route)
  } else {
    node.leaf ??= emptyLeaf()
    claim(node.leaf, route)
  }
}

function child(node: Node, segment: string): Node {
  if (segment === '*' || segment.startsWith('{')) {
    node.one ??= emptyNode()
    return node.one
  }
  let next = node.literals.get(segment)
  if (next === undefined) {
    next = emptyNode()
    node.literals.set(segment, next)
  }
  return next
}

function emptyLeaf(): Leaf {
  return { any: null, byMethod: new Map(), allow: '' }
}

function claim(leaf: Leaf, route: LoadedRoute): void {
  if (route.methods === null) {
    if (leaf.any !== null) throw new Error(`routes ${leaf.any.id} and ${route.id} take any method on one path`)
    leaf.any = route
  }
  for (const method of route.methods ?? []) {
    const taken = leaf.byMethod.get(method)
    if (taken !== undefined) throw new Error(`routes ${taken.id} and ${route.id} both take ${method} on one path`)
    leaf.byMethod.set(method, route)
  }
  leaf.allow = allowed(leaf).join(', ')
}

function allowed(leaf: Leaf): string[] {
  if (leaf.any !== null) return ANY_METHODS
  const methods = [...leaf.byMethod.keys()]
  return leaf.byMethod.has('GET') && !leaf.byMethod.has('HEAD') ? [...methods, 'HEAD'] : methods
}

function byMethod(leaf: Leaf, method: string): LoadedRoute | Problem {
  // HEAD asks for less than GET does, under the same checks.
  const declared = leaf.byMethod.get(method) ?? (method === 'HEAD' ? leaf.byMethod.get('GET') : undefined)
  if (declared !== undefined) return declared
  if (leaf.any !== null && ANY_METHODS.includes(method)) return leaf.any
  return refuseRequest('METHOD_NOT_ALLOWED', { headers: { allow: leaf.allow } })
}

// `start` is the index after the slash that begins the next segment.
function search(node: Node, path: string, start: number): Leaf | null {
  const slash = path.indexOf('/', start)
  const end = slash === -1 ? path.length : slash
  const segment = path.slice(start, end)
  const literal = node.literals.get(segment)
  const found =
    (literal === undefined ? null : descend(literal, path, slash)) ??
    (node.one === null || segment === '' ? null : descend(node.one, path, slash))
  return found ?? node.rest
}

function descend(node: Node, path: string, slash: number): Leaf | null {
  return slash === -1 ? (node.leaf ?? node.rest) : search(node, path, slash + 1)
}
