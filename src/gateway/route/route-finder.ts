import type { MatchSettings } from '../settings.ts'
import { createUpstream } from '../upstream/upstream.ts'
import { loadRoute } from './load-routes.ts'
import { type Asked, createRouteTable } from './route-table.ts'

const NOWHERE = {
  targets: ['http://127.0.0.1:1'],
  connections: 1,
  timeouts: { connect: 1000, headers: 1000, body: 1000 },
}

/**
 * Which route each request would be on, without a gateway around it: its id, or null where there is none.
 *
 * @throws Error for routes that do not load
 * @example createRouteFinder([{ id: 'orders', match: { path: '/orders/**', methods: null } }])(request) // 'orders'
 */
export function createRouteFinder(
  routes: readonly { readonly id: string; readonly match: MatchSettings }[],
): (asked: Asked) => string | null {
  const upstreams = new Map([['nowhere', createUpstream('nowhere', NOWHERE, () => 0)]])
  const parts = { authenticators: {}, steps: () => [], upstreams }
  const rest = { upstream: 'nowhere', authenticate: [], public: true, input: { maxBody: 0 } }
  const { find } = createRouteTable(routes.map((route) => loadRoute({ ...rest, ...route }, parts)))
  return (asked) => {
    const found = find(asked)
    return 'id' in found ? found.id : null
  }
}
