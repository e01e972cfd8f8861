import type { Config } from '../config/index.ts'
import type { Clock } from '../core/index.ts'
import type { ControlApp } from '../http/index.ts'
import { createControlApp } from './control/app.ts'
import { buildGateway } from './gateway.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import { openSystem, type System } from './system.ts'
import { VERSION } from './version.ts'

export const ROLES = ['all', 'control', 'gateway'] as const
export type Role = (typeof ROLES)[number]

export type Serving = {
  readonly system: System
  /** `http://host:port`, or null for a role without that door. */
  readonly control: string | null
  readonly gateway: string | null
  /** Refuses new work, lets the running end, writes what is in memory, closes. */
  readonly stop: () => Promise<void>
}

const DRAIN_MS = 10_000

/**
 * Starts serving: the control plane, the gateway, or both in one process. Resolves when both doors are open.
 *
 * @example const serving = await serve({ config, role: 'all', clock: systemClock })
 */
export async function serve(deps: { config: Config; role: Role; clock: Clock; log?: Log }): Promise<Serving> {
  const { config, role, clock, log = createLog(config.log.level) } = deps
  const metrics = createMetrics()
  await using started = new AsyncDisposableStack()
  const system = await openSystem({ config, clock, log, serves: true, onAuditDropped: metrics.auditDropped })
  started.defer(() => system.stop())
  const node = { role, node: process.pid }
  let draining = false
  const ready = async () => !draining && (await system.store.ready())

  const control =
    role === 'gateway'
      ? null
      : await openControl(deps.config, await createControlApp({ system, metrics, ready, operator: null, log }))
  if (control !== null) started.defer(() => control.app.close())
  const gateway = role === 'control' ? null : await openGateway(buildGateway(system, metrics, ready))
  if (gateway !== null) started.defer(() => gateway.gateway.close())
  await system.audit.commit({ type: 'server.started', outcome: 'success', details: { ...node, version: VERSION } })

  const running = started.move()
  async function stop(): Promise<void> {
    draining = true
    await Promise.all([gateway?.gateway.drain(DRAIN_MS), control?.app.close()])
    await system.audit.commit({ type: 'server.stopped', outcome: 'success', details: node })
    await running.disposeAsync()
  }
  return Object.freeze({ system, control: control?.url ?? null, gateway: gateway?.url ?? null, stop })
}

async function openControl(config: Config, app: ControlApp) {
  const url = await app.listen({ host: config.host, port: config.control.port })
  return { app, url }
}

async function openGateway(gateway: ReturnType<typeof buildGateway>) {
  await gateway.listen()
  return { gateway, url: gateway.address() }
}
