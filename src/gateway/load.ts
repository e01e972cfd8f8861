import type { Authenticator, EventInput, Step } from '../core/index.ts'
import { readNetworks } from '../pipeline/index.ts'
import type { Snapshot } from './door.ts'
import { type FrontParts, loadFront, PLAIN_FRONT } from './passage/front.ts'
import type { RouteRules } from './passage/rules.ts'
import { loadRoute } from './route/load-routes.ts'
import type { ResourceAt } from './route/resource-metadata.ts'
import { createRouteTable } from './route/route-table.ts'
import type { GatewaySettings, RouteSettings } from './settings.ts'
import { hostRule } from './transport/hosts.ts'
import type { OwnPages } from './transport/own-pages.ts'
import { createUpstream, type Upstream } from './upstream/upstream.ts'
import type { UpstreamTls } from './upstream/upstream-connector.ts'

export type LoadParts<Route extends RouteSettings> = {
  readonly authenticators: Readonly<Record<string, Authenticator>>
  readonly steps: (route: Route) => readonly Step[]
  readonly rules?: (route: Route) => RouteRules
  readonly front?: (route: Route | null) => FrontParts
  readonly resourceAt?: ResourceAt
  readonly ownPages?: OwnPages | null
  readonly looksLikeCredential: (text: string) => boolean
  readonly now: () => number
  /** Told of what happens to targets. */
  readonly record: (event: EventInput) => void
  /** How the targets of an upstream are met over TLS; null for the way of the system. */
  readonly upstreamTls?: (name: string) => UpstreamTls | null
  /** The configuration before. Upstreams that did not change keep their connections. */
  readonly before: Snapshot | null
}

/**
 * Loads a whole configuration, or throws and leaves what was loaded before untouched.
 *
 * @throws Error that names the route, upstream or network that is wrong
 */
export function loadSnapshot<Route extends RouteSettings>(
  settings: GatewaySettings<Route>,
  parts: LoadParts<Route>,
): Snapshot {
  const trusted = readNetworks(settings.trustedProxies)
  const upstreams = new Map<string, Upstream>()
  try {
    for (const [name, upstream] of Object.entries(settings.upstreams)) {
      const kept = parts.before?.upstreams.get(name)
      const same = kept !== undefined && JSON.stringify(kept.settings) === JSON.stringify(upstream)
      const tls = parts.upstreamTls?.(name) ?? null
      upstreams.set(
        name,
        same ? kept : createUpstream(name, upstream, parts.now, tls, { tell: parts.record, before: kept }),
      )
    }
    const ids = new Set(settings.routes.map(({ id }) => id))
    if (ids.size !== settings.routes.length) throw new Error('two routes have the same id')
    const routes = settings.routes.map((route) => loadRoute(route, { ...parts, upstreams }))
    const certificateHeader = settings.clientCertificateHeader?.toLowerCase() ?? null
    const hosts = hostRule(settings.hosts ?? [])
    const reading = { trusted, certificateHeader, hosts, looksLikeCredential: parts.looksLikeCredential }
    const front = loadFront(parts.front?.(null) ?? PLAIN_FRONT)
    const resourceAt = parts.resourceAt ?? (() => null)
    const ownPages = parts.ownPages ?? null
    return { table: createRouteTable(routes), front, reading, resourceAt, ownPages, upstreams, holders: 0 }
  } catch (error) {
    closeUpstreams(upstreams, parts.before === null ? [] : [parts.before])
    throw error
  }
}

/** Closes the upstreams that no other configuration uses, each when what it carries is over. */
export function closeUpstreams(upstreams: Snapshot['upstreams'], others: readonly Snapshot[]): void {
  for (const [name, upstream] of upstreams) {
    if (others.every((other) => other.upstreams.get(name) !== upstream)) void upstream.close()
  }
}
