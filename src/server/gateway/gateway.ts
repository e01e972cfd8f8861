import { missingPermissions } from '../../access/index.ts'
import type { Config, Route } from '../../config/index.ts'
import type { EventInput } from '../../core/index.ts'
import { createGateway, type Gateway } from '../../gateway/index.ts'
import { looksLikeKey } from '../../keys/index.ts'
import { createIdentityTokens } from '../../oauth/index.ts'
import { type GatewayDoors, openGatewayDoors } from '../doors/gateway-doors.ts'
import { createMetrics, type Metrics } from '../metrics/metrics.ts'
import type { System } from '../system.ts'
import { createLending } from './lent.ts'
import { recordRequests } from './record.ts'

export type BuiltGateway = Gateway<Route> & {
  /**
   * Puts other settings in force, all or none of them.
   *
   * @throws Error with a sentence for the operator, for files that cannot be used and routes that do not load
   */
  readonly load: (settings: Config['gateway']) => void
}

/** Builds the gateway out of what the modules lend it: who is asking, the steps of each route, what happened. */
export function buildGateway(
  system: System,
  metrics: Metrics,
  ready: () => Promise<boolean>,
  doors: Partial<GatewayDoors> = {},
): BuiltGateway {
  const { config, clock, signingKeys, log } = system
  const lend = createLending(system)
  const gateway = createGateway<Route>({
    ...lend(system.live.gateway()),
    host: config.host,
    identity: createIdentityTokens({ signingKeys, issuer: config.issuer, clock }),
    record: recordRequests(system),
    looksLikeCredential: (text) => looksLikeKey(text, config.keys.brand),
    mayExplain: (principal) => {
      const may = missingPermissions(principal.permissions, EXPLAIN).length === 0
      if (may) system.uses.note(principal, { permissions: EXPLAIN })
      return may
    },
    clock,
    ready,
    ...doors,
    onRequest: (event, request) => {
      observe(metrics, event)
      system.flows.noticed(event)
      system.inventory.seen(event, request)
    },
    onCrash: (error, requestId) => log.error({ err: error, requestId }, 'a request failed'),
  })
  metrics.targets(gateway.upstreams)

  function load(settings: Config['gateway']): void {
    const { config: next, ...lent } = lend(settings)
    const files = doors.upstreams?.replace(settings.upstreams)
    try {
      gateway.reload(next, files === undefined ? lent : { ...lent, upstreamTls: files.tlsOf })
    } catch (error) {
      files?.drop()
      throw error
    }
    files?.keep()
  }

  return Object.freeze({ ...gateway, load })
}

/**
 * Loads settings as the gateway would, and gives everything back: for a process that does not run one, and for a look before.
 *
 * @throws Error as {@link BuiltGateway.load} does
 */
export async function tryGateway(system: System, settings: Config['gateway']): Promise<void> {
  const doors = openGatewayDoors({ gateway: { ...settings, tls: null } }, system)
  try {
    const live = { ...system.live, gateway: () => settings }
    await buildGateway({ ...system, live }, createMetrics(), system.store.ready, doors).close()
  } finally {
    doors.stop()
  }
}

const EXPLAIN: readonly string[] = ['gateway:explain']

function observe(metrics: Metrics, { method, route, status, duration, code }: EventInput): void {
  const endpoint = route ?? 'none'
  metrics.request({ method: method ?? 'other', endpoint, status: status ?? 0, seconds: (duration ?? 0) / 1000 })
  if (status === 401) metrics.authFailure(code ?? 'unknown')
  if (status === 429) metrics.rateLimitHit(endpoint)
}
