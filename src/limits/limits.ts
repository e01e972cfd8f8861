import type { Clock } from '../core/index.ts'
import { type CheckHere, createCheck } from './check.ts'
import { createConcurrency } from './concurrency.ts'
import type { Ask, CheckOptions, LimitDecision } from './decision.ts'
import { headers } from './headers.ts'
import { assertWhole, type RuleState } from './rule.ts'
import { createShelf } from './shelf.ts'
import { steadyTime } from './steady.ts'

export type Limits = {
  /**
   * Asks every rule, and for a place where the options say so, then charges all of it or nothing. A plain value when it
   * is decided in the memory of this process, a promise when Redis is asked.
   *
   * @throws RangeError for a rule or cost that is not a whole number in bounds, and for a rule asked twice about one key
   * @example await limits.check([{ rule: { name: 'key-60s', max: 1000, per: 60_000, burst: null }, key: keyId }])
   */
  readonly check: (asks: readonly Ask[], options?: CheckOptions) => LimitDecision | Promise<LimitDecision>
  /** Response fields for the states of a decision. */
  readonly headers: (states: readonly RuleState[]) => Readonly<Record<string, string>>
  /** How many meters this process remembers. */
  readonly size: () => number
  /** How many places this process holds under a key. */
  readonly inside: (key: string) => number
  readonly stop: () => Promise<void>
}

/** {@link Limits} in memory, whose decisions are plain values. */
export type LocalLimits = Omit<Limits, 'check'> & { readonly check: CheckHere }

/**
 * Limits in the memory of one process.
 *
 * @param deps.capacity the most meters (one for each rule and key) that are remembered; about 500 bytes each
 * @example const limits = createLimits({ clock: systemClock, capacity: 100_000 })
 */
export function createLimits(deps: { readonly clock: Clock; readonly capacity: number }): LocalLimits {
  assertWhole(deps.capacity, 1, 100_000_000, 'capacity')
  const shelf = createShelf(deps.capacity)
  const concurrency = createConcurrency()
  return Object.freeze({
    check: createCheck(shelf, concurrency, steadyTime(deps.clock)),
    headers,
    size: shelf.size,
    inside: concurrency.inside,
    stop: async () => undefined,
  })
}
