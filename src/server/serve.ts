import type { Config } from '../config/index.ts'
import { type Clock, VERSION } from '../core/index.ts'
import { across } from '../store/index.ts'
import { followVersions } from './configuration/follow-versions.ts'
import type { Replaced } from './configuration/live.ts'
import { createReload, noteFile } from './configuration/reload.ts'
import { NOT_READ_AGAIN, type Reread } from './configuration/reread.ts'
import { createControlApp } from './control/app.ts'
import { openTlsDoor } from './control/tls-door.ts'
import { openGatewayDoors } from './doors/gateway-doors.ts'
import { buildGateway } from './gateway/gateway.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics } from './metrics/metrics.ts'
import { openSystem, type System } from './system.ts'

export const ROLES = ['all', 'control', 'gateway'] as const
export type Role = (typeof ROLES)[number]

export type Serving = {
  readonly system: System
  /** `http://host:port`. A gateway alone serves health, metrics and version there, nothing else. */
  readonly control: string
  /** Null for the role `control`. */
  readonly gateway: string | null
  /** The port of the gateway that sends everybody to https; null where there is none. */
  readonly redirectPort: number | null
  /** The port at which other proxies ask for decisions; null where there is none. */
  readonly decisionsPort: number | null
  /** Reads the configuration again and puts what it says in force, all of it or nothing. */
  readonly reload: () => Promise<Replaced>
  /** Refuses new work, lets the running end, writes what is in memory, closes. */
  readonly stop: () => Promise<void>
}

const DRAIN_MS = 10_000
/** What lets people and programs in, and what says what they may: what is told of these ends what they have open. */
const LETTING_IN = ['key', 'service', 'session', 'user', 'grant', 'role', 'organization', 'access_policy'] as const

/**
 * Starts serving: the control plane, the gateway, or both in one process. Resolves when both doors are open.
 *
 * @example const serving = await serve({ config, role: 'all', clock: systemClock })
 */
export async function serve(deps: {
  config: Config
  role: Role
  clock: Clock
  log?: Log
  /** How the configuration is read once more; without it what was read at the start stays. */
  reread?: Reread
}): Promise<Serving> {
  const { role, clock, reread = NOT_READ_AGAIN, log = createLog(deps.config.log.level) } = deps
  const metrics = createMetrics()
  await using started = new AsyncDisposableStack()
  const opening = { config: deps.config, reread, clock, log }
  const system = await openSystem({ ...opening, serves: true, onAuditDropped: metrics.auditDropped })
  const { config } = system
  started.defer(() => system.stop())
  const node = { role, node: process.pid }
  let draining = false
  const ready = async () => !draining && (await system.store.ready())

  const surface = role === 'gateway' ? 'process' : 'all'
  if (surface === 'all') await system.authorization.warm()
  const app = await createControlApp({ system, metrics, ready, operator: null, log, surface })
  started.defer(() => app.close())
  const control = await app.listen({ host: config.host, port: config.control.port })
  const door = surface === 'all' ? await openTlsDoor(config, { ...system, answer: app.routing }) : null
  if (door !== null) started.defer(() => door.close())
  const doors = role === 'control' ? null : openGatewayDoors(config, system)
  started.defer(() => doors?.stop())
  const gateway = doors === null ? null : await openGateway(system, metrics, ready, doors)
  if (gateway !== null) started.defer(() => gateway.gateway.close())
  if (gateway !== null) started.defer(system.live.ask(gateway.gateway.load))
  const reload = createReload({ system, reread, notes: gateway !== null })
  started.defer(() => reload.stop())
  await noteFile({ system, notes: gateway !== null }, reread.written)
  const versions = await followVersions(system, reread)
  started.defer(() => versions?.stop())
  for (const topic of gateway === null ? [] : LETTING_IN) {
    started.defer(system.store.changes.subscribe(topic, (id) => gateway?.gateway.changed(id)))
  }
  across('messages of all are sent', () => system.notices.start())
  // What a rotation left undone goes on here; one process at a time does it.
  system.secrets.reseal().catch((error) => log.error({ err: error }, 'values were not sealed again'))
  await system.audit.commit({ type: 'server.started', outcome: 'success', details: { ...node, version: VERSION } })

  const running = started.move()
  const redirectPort = gateway?.gateway.redirectPort() ?? null
  const decisionsPort = gateway?.gateway.decisionsPort() ?? null
  async function stop(): Promise<void> {
    draining = true
    // A connection on which nothing was asked yet would be waited for.
    const patience = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS)
    await Promise.all([gateway?.gateway.drain(DRAIN_MS), app.close()])
    clearTimeout(patience)
    await system.audit.commit({ type: 'server.stopped', outcome: 'success', details: node })
    await running.disposeAsync()
  }
  return Object.freeze({
    system,
    control,
    gateway: gateway?.url ?? null,
    redirectPort,
    decisionsPort,
    reload: () => across('the gateway is of all', reload.now),
    stop,
  })
}

// Keys and sessions of everybody come to it; what it is asked afterwards names its organization.
function openGateway(...given: Parameters<typeof buildGateway>) {
  return across('whose a request is shows at the gateway', async () => {
    const gateway = buildGateway(...given)
    await gateway.listen()
    return { gateway, url: gateway.address() }
  })
}
