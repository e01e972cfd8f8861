import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import type { Pool } from 'undici'
import { type Breaker, closedBreaker } from '../../core/index.ts'
import type { UpstreamSettings } from '../settings.ts'
import { connectorTo, type UpstreamTls } from './upstream-connector.ts'

/** One place where an upstream runs. */
export type Target = {
  /** As it is in the configuration. */
  readonly text: string
  readonly origin: string
  /** What comes before each path, without a slash at the end. Mostly empty. */
  readonly base: string
  readonly pool: Pool
  readonly weight: number
  readonly state: TargetState
  /** Requests that were handed over and are not over. */
  waiting: number
}

/** What is known of a target. It outlives a change of the configuration that leaves the target there. */
export type TargetState = Breaker & {
  /** Failures to reach it since the last answer. */
  failures: number
  restsUntil: number
  /** Where it stands in the turns of its group. */
  turn: number
  /** When it came back into use; its share grows from then on where there is a slow start. */
  backSince: number
  unhealthy: boolean
  /** Health checks in a row that said otherwise than what is known. */
  contrary: number
  requests: number
  failed: number
  retries: number
}

// A hundred files, which a process without an upstream does not load.
const require = createRequire(import.meta.url)

// Below the five seconds after which Node and many other servers close an idle connection.
const KEEP_ALIVE = 4_000
const LARGEST_HEAD = 65_536
/** Names are looked up again after this long: each connection to one is replaced by then. */
const NAME_LIFETIME = 60_000

/**
 * Opens the pool of a target; no connection is made yet.
 *
 * @throws Error for a target that is not an http or https URL
 */
export function openTarget(
  of: {
    readonly name: string
    readonly text: string
    readonly weight: number
    readonly state?: TargetState | undefined
  },
  settings: UpstreamSettings,
  tls: UpstreamTls | null,
): Target {
  const { name, text, weight, state = newState() } = of
  const url = readTarget(name, text)
  const undici: typeof import('undici') = require('undici')
  const pool = new undici.Pool(url.origin, {
    connections: settings.connections,
    pipelining: 1,
    connect: connectorTo(tls, settings.timeouts.connect),
    keepAliveTimeout: KEEP_ALIVE,
    maxHeaderSize: LARGEST_HEAD,
    // One clock watches every exchange (see watch.ts); a second one inside the client would disagree with it.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(isName(url.hostname) && { clientTtl: NAME_LIFETIME }),
  })
  return { text, origin: url.origin, base: url.pathname.replace(/\/+$/, ''), pool, weight, state, waiting: 0 }
}

function newState(): TargetState {
  return {
    failures: 0,
    restsUntil: 0,
    turn: 0,
    backSince: Number.NEGATIVE_INFINITY,
    unhealthy: false,
    contrary: 0,
    ...closedBreaker(),
    requests: 0,
    failed: 0,
    retries: 0,
  }
}

function readTarget(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`upstream ${name}: target must be an http or https URL`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Error(`upstream ${name}: a target has no user, query or fragment`)
  }
  return url
}

function isName(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0
}
