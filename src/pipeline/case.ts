import type { Authenticator, Carrier, Exchange, Grant, Principal, RouteIdentity, Stage, Step } from '../core/index.ts'
import type { Inbound } from './request.ts'

/** What is asked of a request before it may go on: by a route of the gateway, or by an application. */
export type Guard = {
  /** What steps may know of the route. */
  readonly identity: RouteIdentity
  readonly authenticators: readonly Authenticator[]
  /** What `WWW-Authenticate` says when there is no credential. */
  readonly challenge: string
  readonly steps: Readonly<Record<Stage, readonly Step[]>>
  /** The most bytes of a body. */
  readonly maxBody: number
}

/**
 * One request while it is judged. Only the runner and the stages write to it; steps get the Exchange.
 * `table` is where its guard is found, for those who look for it.
 */
export type Case<G extends Guard = Guard, Table = unknown> = {
  readonly inbound: Inbound
  readonly table: Table
  readonly looksLikeCredential: (text: string) => boolean
  route: G | null
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

export function openCase<G extends Guard, Table>(
  inbound: Inbound,
  table: Table,
  looksLikeCredential: (text: string) => boolean,
): Case<G, Table> {
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

/** What a credential holds is given back, once. */
export function releaseGrant(of: Case | null): void {
  if (of === null || of.grant === null) return
  const { grant } = of
  of.grant = null
  grant.release?.()
}
