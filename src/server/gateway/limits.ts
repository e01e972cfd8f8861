import type { Audit } from '../../audit/index.ts'
import type { Config } from '../../config/index.ts'
import type { Authenticator, Clock } from '../../core/index.ts'
import {
  createLimits,
  createSharedLimits,
  createTiers,
  type Limits,
  type Standing,
  type TierOf,
  withTiers,
} from '../../limits/index.ts'
import { createRedisScripts, type Store } from '../../store/index.ts'
import type { Log } from '../log.ts'

const METERS = 200_000
/** Milliseconds after which a Redis that says nothing is connected to anew. */
const PATIENCE = 5000

type Deps = {
  readonly config: Config
  readonly clock: Clock
  readonly audit: Audit
  readonly log: Log
  readonly serves: boolean
}

/** The limits of this process: shared by all on Redis where it is configured, in memory where not. */
export async function openLimits(deps: Deps): Promise<Limits> {
  const { config, clock } = deps
  const { url, prefix } = config.redis
  if (url === null) return createLimits({ clock, capacity: METERS })
  // What goes wrong on the connection is told once, as a change of standing.
  const scripts = await createRedisScripts({ url: url.reveal(), prefix, patience: PATIENCE })
  const told = new Set<string>()
  return createSharedLimits({
    clock,
    capacity: METERS,
    scripts,
    timeout: config.limits.timeout,
    processes: config.limits.processes,
    serves: deps.serves,
    onStanding: (standing) => {
      told.clear()
      tell(deps, standing)
    },
    onLocal: ({ id }) => {
      if (told.has(id) || !deps.serves) return
      told.add(id)
      deps.audit.record({ type: 'limits.local', outcome: 'failure', route: id })
    },
  })
}

/** What tiers mean in this process. */
export type Tiers = {
  readonly tierOf: TierOf
  /** The same authenticator of tokens or sessions, whose callers are held by their tier. */
  readonly held: (authenticator: Authenticator) => Authenticator
}

/** The tiers of this configuration. Where nobody has one, nothing is looked for. */
export function openTiers({ limits: { tiers, tierOf: rows } }: Config, { check }: Pick<Limits, 'check'>): Tiers {
  const tierOf = createTiers({ tiers, tierOf: rows })
  const held: Tiers['held'] = (authenticator) =>
    rows.length === 0 ? authenticator : withTiers(authenticator, { tierOf, check })
  return Object.freeze({ tierOf, held })
}

/** What the operator should know who runs several processes on one database. */
export function limitsWarnings(config: Config, dialect: Store['dialect']): readonly string[] {
  if (dialect === 'sqlite' || config.redis.url !== null) return []
  return [
    'Rate limits are counted in each process by itself: with several processes on this database a caller may use each limit several times. Set SALLYPORT_REDIS_URL to share them.',
  ]
}

function tell({ audit, log, serves }: Deps, standing: Standing): void {
  const { processes } = standing
  if (standing.is === 'shared') {
    log.info({ processes }, 'Redis answers again: limits are shared by all processes')
    if (serves) audit.record({ type: 'limits.shared', outcome: 'success', details: { processes } })
    return
  }
  const { reason } = standing
  log.warn({ processes, reason }, 'Redis does not answer: this process holds its part of each limit by itself')
  if (serves) audit.record({ type: 'limits.alone', outcome: 'failure', details: { processes, reason } })
}
