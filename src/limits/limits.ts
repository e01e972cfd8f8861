import type { Clock } from '../core/index.ts'
import { type Ask, type CheckOptions, createCheck, type LimitDecision } from './check.ts'
import { type Concurrency, createConcurrency } from './concurrency.ts'
import { headers } from './headers.ts'
import { assertWhole, type RuleState } from './rule.ts'
import { createShelf } from './shelf.ts'
import { steadyTime } from './steady.ts'

export type Limits = {
  /**
   * Asks every rule, then charges all of them or none.
   *
   * @throws RangeError for a rule or cost that is not a whole number in bounds
   * @example limits.check([{ rule: { name: 'key-60s', max: 1000, per: 60_000, burst: null }, key: keyId }])
   */
  readonly check: (asks: readonly Ask[], options?: CheckOptions) => LimitDecision
  /** Response fields for the states of a decision. */
  readonly headers: (states: readonly RuleState[]) => Readonly<Record<string, string>>
  /** How many meters are remembered. */
  readonly size: () => number
} & Concurrency

/**
 * Rate limits and concurrency in the memory of one process.
 *
 * @param deps.capacity the most meters (one for each rule and key) that are remembered; about 500 bytes each
 * @example const limits = createLimits({ clock: systemClock, capacity: 100_000 })
 */
export function createLimits(deps: { readonly clock: Clock; readonly capacity: number }): Limits {
  assertWhole(deps.capacity, 1, 100_000_000, 'capacity')
  const shelf = createShelf(deps.capacity)
  return Object.freeze({
    check: createCheck(shelf, steadyTime(deps.clock)),
    headers,
    size: shelf.size,
    ...createConcurrency(),
  })
}
