import { createRequire } from 'node:module'
import type { Pool } from 'undici'
import type { UpstreamSettings } from './settings.ts'

/** One place where an upstream runs. */
export type Target = {
  readonly origin: string
  /** What comes before each path, without a slash at the end. Mostly empty. */
  readonly base: string
  readonly pool: Pool
  /** Requests that were handed over and are not over. */
  waiting: number
  /** Failures since the last answer. */
  failures: number
  restsUntil: number
}

export type Upstream = {
  readonly name: string
  readonly settings: UpstreamSettings
  /** The target for the next request: in turn, resting ones last. Null when all are full. */
  readonly pick: (not?: Target) => Target | null
  /** Marks a target that could not be reached: it rests for a while, longer each time. */
  readonly failed: (target: Target) => void
  readonly answered: (target: Target) => void
  readonly targets: readonly Target[]
  /** Lets what is under way finish, then closes the connections. */
  readonly close: () => Promise<void>
  readonly destroy: () => Promise<void>
}

/** Requests that may wait for a connection to one target. More are refused at once instead of waiting in vain. */
const QUEUE = 1024
// A hundred files, which a process without an upstream does not load.
const require = createRequire(import.meta.url)

const SHORTEST_REST = 500
const LONGEST_REST = 10_000
// Below the five seconds after which Node and many other servers close an idle connection.
const KEEP_ALIVE = 4_000
const LARGEST_HEAD = 65_536

/**
 * Opens the pools of an upstream; no connection is made yet.
 *
 * @throws Error for a target that is not an http or https URL
 */
export function createUpstream(name: string, settings: UpstreamSettings, now: () => number): Upstream {
  const targets = settings.targets.map((text) => openTarget(name, text, settings))
  if (targets.length === 0) throw new Error(`upstream ${name} has no targets`)
  const most = settings.connections + QUEUE
  let turn = 0

  function pick(not?: Target): Target | null {
    const at = now()
    let resting: Target | null = null
    for (let i = 0; i < targets.length; i++) {
      const target = targets[(turn + i) % targets.length] as Target
      if (target === not || target.waiting >= most) continue
      if (target.restsUntil <= at) {
        turn = (turn + i + 1) % targets.length
        return target
      }
      if (resting === null || target.restsUntil < resting.restsUntil) resting = target
    }
    // All rest: asking one of them is better than refusing without having asked.
    return resting
  }

  return Object.freeze({
    name,
    settings,
    pick,
    failed: (target: Target) => {
      const rest = Math.min(LONGEST_REST, SHORTEST_REST * 2 ** Math.min(target.failures, 10))
      target.failures++
      target.restsUntil = now() + rest
    },
    answered: (target: Target) => {
      target.failures = 0
      target.restsUntil = 0
    },
    targets,
    close: async () => {
      await Promise.all(targets.map(({ pool }) => pool.close()))
    },
    destroy: async () => {
      await Promise.all(targets.map(({ pool }) => pool.destroy()))
    },
  })
}

function openTarget(name: string, text: string, settings: UpstreamSettings): Target {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`upstream ${name}: target must be an http or https URL`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Error(`upstream ${name}: a target has no user, query or fragment`)
  }
  const undici: typeof import('undici') = require('undici')
  const pool = new undici.Pool(url.origin, {
    connections: settings.connections,
    pipelining: 1,
    allowH2: false,
    connectTimeout: settings.timeouts.connect,
    keepAliveTimeout: KEEP_ALIVE,
    maxHeaderSize: LARGEST_HEAD,
    // One clock watches every exchange (see watch.ts); a second one inside the client would disagree with it.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const base = url.pathname.replace(/\/+$/, '')
  return { origin: url.origin, base, pool, waiting: 0, failures: 0, restsUntil: 0 }
}
