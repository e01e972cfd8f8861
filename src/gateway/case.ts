import type { Carrier, Exchange, Grant, Principal } from '../core/index.ts'
import type { LoadedRoute } from './load-routes.ts'
import type { Inbound } from './request.ts'
import type { RouteTable } from './route-table.ts'

/** One request while it is judged. Only the runner and the stages write to it; steps get the Exchange. */
export type Case = {
  readonly inbound: Inbound
  readonly table: RouteTable
  readonly looksLikeCredential: (text: string) => boolean
  route: LoadedRoute | null
  principal: Principal | null
  /** The id of a credential that was shown, also when it was refused. */
  credential: string | null
  spent: Carrier
  grant: Grant | null
  exchange: Exchange | null
  /** Response headers that steps asked for: names and values in turn. */
  readonly notes: string[]
}

const NOTHING_SPENT: Carrier = Object.freeze({ headers: Object.freeze([]), query: Object.freeze([]) })

export function openCase(inbound: Inbound, table: RouteTable, looksLikeCredential: (text: string) => boolean): Case {
  return {
    inbound,
    table,
    looksLikeCredential,
    route: null,
    principal: null,
    credential: null,
    spent: NOTHING_SPENT,
    grant: null,
    exchange: null,
    notes: [],
  }
}

/** The most bytes of a body: the smaller of what the route takes and what the credential may send. */
export function bodyBound({ route, grant }: Case): number {
  const ofRoute = route?.maxBody ?? 0
  return grant?.maxBody === undefined ? ofRoute : Math.min(ofRoute, grant.maxBody)
}
