import type { EventInput, Principal, Request } from '../core/index.ts'
import type { ReadContext } from '../pipeline/index.ts'
import type { Front } from './passage/front.ts'
import type { Watch } from './passage/watch.ts'
import type { ResourceAt } from './route/resource-metadata.ts'
import type { RouteTable } from './route/route-table.ts'
import type { TransportSettings } from './settings.ts'
import type { OwnPages } from './transport/own-pages.ts'
import type { Upstream } from './upstream/upstream.ts'
import type { Tunnels } from './websocket/tunnels.ts'

/** One configuration, loaded. Requests that began with it end with it. */
export type Snapshot = {
  readonly table: RouteTable
  /** What is said where no route speaks. */
  readonly front: Front
  readonly reading: ReadContext
  /** What is told about the APIs behind its routes to who asks for it. */
  readonly resourceAt: ResourceAt
  readonly ownPages: OwnPages | null
  readonly upstreams: ReadonlyMap<string, Upstream>
  /** Requests that use it. */
  holders: number
}

/** What every request needs of the gateway it came through. */
export type Door = {
  readonly now: () => number
  readonly snapshot: () => Snapshot
  /** What is said where no route speaks. */
  readonly front: () => Front
  readonly release: (snapshot: Snapshot) => void
  readonly draining: () => boolean
  readonly watch: Watch
  readonly tunnels: Tunnels
  readonly transport: TransportSettings
  readonly identity: (principal: Principal, audience: string) => string | undefined | Promise<string | undefined>
  /** Whether somebody may be told in the head of an answer what each stage said. */
  readonly mayExplain: (principal: Principal) => boolean
  readonly looksLikeCredential: (text: string) => boolean
  readonly record: (event: EventInput, request?: Request | null) => void
  /** Told of an exception: a bug or a broken machine. */
  readonly crashed: (error: unknown, requestId: string) => void
}
