import { type EventInput, letsThrough, type Problem } from '../../core/index.ts'
import type { TargetEvent } from '../events.ts'
import { refuseRequest } from '../problems.ts'
import type { UpstreamSettings } from '../settings.ts'
import { noteFault, noteSent, noteWell, type TellTarget } from './breaker.ts'
import { watchHealth } from './health.ts'
import { createRetries, type Retries } from './retries.ts'
import { openTarget, type Target, type TargetState } from './target.ts'
import type { UpstreamTls } from './upstream-connector.ts'

export type { Target } from './target.ts'

export type Upstream = {
  readonly name: string
  readonly settings: UpstreamSettings
  /** The target for the next request: by weight, resting ones last. Null when all are full or down. */
  readonly pick: (not?: Target) => Target | null
  /** Why there was no target. */
  readonly refusal: () => Problem
  /** Marks a target that could not be reached: it rests for a while, longer each time. */
  readonly failed: (target: Target) => void
  /** A target did not answer in time, or not in HTTP, or not to the end. */
  readonly faulted: (target: Target) => void
  readonly answered: (target: Target, status: number) => void
  /** A request is over there, however it ended. */
  readonly left: (target: Target) => void
  readonly retries: Retries | null
  readonly targets: readonly Target[]
  /** Begins to ask targets whether they are well, where that is wanted. */
  readonly start: () => void
  /** Lets what is under way finish, then closes the connections. */
  readonly close: () => Promise<void>
  readonly destroy: () => Promise<void>
}

export type UpstreamParts = {
  readonly tell?: (event: EventInput) => void
  /** What it was before: of targets that stay, what is known stays. */
  readonly before?: Upstream | undefined
}

/** Requests that may wait for a connection to one target. More are refused at once instead of waiting in vain. */
const QUEUE = 1024
const SHORTEST_REST = 500
const LONGEST_REST = 10_000
/** The least of its share that a target gets when it comes back. */
const LEAST_SHARE = 0.1

/**
 * Opens the pools of an upstream; no connection is made yet.
 *
 * @throws Error for a target that is not an http or https URL
 */
export function createUpstream(
  name: string,
  settings: UpstreamSettings,
  now: () => number,
  tls: UpstreamTls | null = null,
  { tell = () => undefined, before }: UpstreamParts = {},
): Upstream {
  const { weights = {}, slowStart = null, health = null, breaker = null, retries = null } = settings
  const known = new Map(before?.targets.map(({ text, state }) => [text, state]))
  const targets = settings.targets.map((text) =>
    openTarget({ name, text, weight: weights[text] ?? 1, state: known.get(text) }, settings, tls),
  )
  if (targets.length === 0) throw new Error(`upstream ${name} has no targets`)
  const most = settings.connections + QUEUE
  let stops: readonly (() => void)[] = []

  const tellOf = ({ origin }: Target): TellTarget => {
    return (type, details = {}) =>
      tell({ type, outcome: OUTCOMES[type], details: { upstream: name, target: origin, ...details } })
  }

  function isUp({ state }: Target, at: number): boolean {
    return !state.unhealthy && letsThrough(state, at)
  }

  function pick(not?: Target): Target | null {
    const at = now()
    const chosen = choose(
      targets,
      at,
      slowStart,
      (target) => target !== not && target.waiting < most && isUp(target, at),
    )
    if (chosen === null) return null
    chosen.state.requests++
    if (breaker !== null) noteSent(chosen.state, tellOf(chosen))
    return chosen
  }

  function fault(target: Target): void {
    target.state.failed++
    if (breaker !== null) noteFault(target.state, breaker, now(), tellOf(target))
  }

  function stop(): void {
    for (const each of stops) each()
    stops = []
  }

  return Object.freeze({
    name,
    settings,
    pick,
    refusal: () => {
      const at = now()
      if (targets.some((target) => isUp(target, at))) return refuseRequest('UPSTREAM_BUSY', { retryAfter: 1 })
      const waits = targets.map(({ state }) =>
        state.unhealthy && health !== null ? health.interval : state.openUntil - at,
      )
      return refuseRequest('UPSTREAM_DOWN', { retryAfter: Math.max(1, Math.ceil(Math.min(...waits) / 1000)) })
    },
    failed: (target: Target) => {
      const { state } = target
      const rest = Math.min(LONGEST_REST, SHORTEST_REST * 2 ** Math.min(state.failures, 10))
      state.failures++
      state.restsUntil = now() + rest
      fault(target)
    },
    faulted: fault,
    answered: (target: Target, status: number) => {
      const { state } = target
      if (state.failures > 0) state.backSince = now()
      state.failures = 0
      state.restsUntil = 0
      if (breaker?.statuses.includes(status) === true) fault(target)
      else {
        if (status >= 500) state.failed++
        if (breaker !== null) noteWell(state, now(), tellOf(target))
      }
    },
    left: ({ state }: Target) => {
      state.tried = false
    },
    retries: retries === null ? null : createRetries(retries),
    targets,
    start: () => {
      for (const { state } of targets) forget(state, settings)
      if (health === null || stops.length > 0) return
      stops = targets.map((target) => watchHealth(target, { settings: health, tls, now, tell: tellOf(target) }))
    },
    close: async () => {
      stop()
      await Promise.all(targets.map(({ pool }) => pool.close()))
    },
    destroy: async () => {
      stop()
      await Promise.all(targets.map(({ pool }) => pool.destroy()))
    },
  })
}

// Nobody would find out any more that it is over.
function forget(state: TargetState, { health = null, breaker = null }: UpstreamSettings): void {
  if (health === null) state.unhealthy = false
  if (breaker === null) state.breaker = 'closed'
}

const OUTCOMES: Readonly<Record<TargetEvent, EventInput['outcome']>> = {
  'target.opened': 'failure',
  'target.tried': 'success',
  'target.closed': 'success',
  'target.unhealthy': 'failure',
  'target.healthy': 'success',
}

/**
 * Smooth weighted turns: each target that can be asked moves up by its weight, the foremost is chosen and falls back by
 * the sum. Those that rest are asked only when nobody else is there: asking one of them is better than refusing
 * without having asked.
 */
function choose(
  targets: readonly Target[],
  at: number,
  slowStart: number | null,
  can: (target: Target) => boolean,
): Target | null {
  let [best, resting, sum]: [Target | null, Target | null, number] = [null, null, 0]
  for (const target of targets) {
    if (!can(target)) continue
    const { state } = target
    if (state.restsUntil > at) {
      if (resting === null || state.restsUntil < resting.state.restsUntil) resting = target
      continue
    }
    const weight = weightAt(target, at, slowStart)
    sum += weight
    state.turn += weight
    if (best === null || state.turn > best.state.turn) best = target
  }
  if (best !== null) best.state.turn -= sum
  return best ?? resting
}

function weightAt({ weight, state }: Target, at: number, slowStart: number | null): number {
  const back = at - state.backSince
  return slowStart === null || back >= slowStart ? weight : weight * Math.max(LEAST_SHARE, back / slowStart)
}
