import type { Problem, Request } from '../../core/index.ts'
import { refuseRequest } from '../problems.ts'
import type { LoadedRoute } from './load-routes.ts'
import { allRoutes, routeFor, routesOfMethod } from './route-choices.ts'
import { emptyTree, insertRoute, type RouteTree, searchTree } from './route-tree.ts'

/** What of a request decides on its route. */
export type Asked = Pick<Request, 'method' | 'path' | 'host' | 'header'>

/** Routes by host, path, headers and method. Made once for each configuration, never changed. */
export type RouteTable = {
  /** The route of a request, or the problem that says there is none. */
  readonly find: (asked: Asked) => LoadedRoute | Problem
  /** The routes that a request may be on whose headers are not known yet: what is found of it, and those that ask for headers. */
  readonly among: (asked: Asked) => readonly LoadedRoute[]
  /** The ids of all routes at a path of a host, whatever their headers and method. */
  readonly idsAt: (host: string, path: string) => readonly string[]
}

/**
 * Builds the table. What is narrower comes first, whatever the order in the configuration: a host before `*.host` before
 * any host; in each place of a path a literal, then a parameter with a pattern, then one without, then `**`; on one path
 * the route that asks for more headers. The method comes last: what was found so far rules alone, so that an unlisted
 * method is refused and never falls through to a wider and perhaps laxer route.
 *
 * @throws Error when two routes take the same requests
 */
export function createRouteTable(routes: readonly LoadedRoute[]): RouteTable {
  const named = new Map<string, RouteTree>()
  const anywhere = emptyTree()
  const hasWildcards = routes.some(({ host }) => host?.startsWith('*') === true)
  for (const route of routes) insertRoute(route.host === null ? anywhere : treeOf(named, route.host), route)

  function leafOf(host: string, path: string, asked: Asked | null) {
    if (named.size === 0) return searchTree(anywhere, path, asked)
    // A dot at the end means the same host (RFC 3986, section 3.2.2).
    const plain = host.endsWith('.') ? host.slice(0, -1) : host
    const dot = hasWildcards ? plain.indexOf('.') : -1
    return (
      searchTree(named.get(plain), path, asked) ??
      (dot === -1 ? null : searchTree(named.get(`*${plain.slice(dot)}`), path, asked)) ??
      searchTree(anywhere, path, asked)
    )
  }

  function find(asked: Asked): LoadedRoute | Problem {
    const choices = leafOf(asked.host, asked.path, asked)
    return choices === null ? NOT_FOUND : routeFor(choices, asked)
  }

  return Object.freeze({
    find,
    among: (asked: Asked) => {
      const found = find(asked)
      const near = leafOf(asked.host, asked.path, null)
      const here = near === null || near.byHeaders.length === 0 ? [] : routesOfMethod(near, asked.method)
      return [...new Set('id' in found ? [found, ...here] : here)]
    },
    idsAt: (host: string, path: string) => {
      const choices = leafOf(host, path, null)
      return choices === null ? [] : allRoutes(choices).map(({ id }) => id)
    },
  })
}

const NOT_FOUND = refuseRequest('ROUTE_NOT_FOUND')

function treeOf(named: Map<string, RouteTree>, host: string): RouteTree {
  const tree = named.get(host) ?? emptyTree()
  named.set(host, tree)
  return tree
}
