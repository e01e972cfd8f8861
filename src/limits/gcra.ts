import type { Algorithm, Meter } from './meter.ts'
import type { Rule } from './rule.ts'

/**
 * Generic cell rate algorithm: a token bucket that remembers one number, the time at which the bucket is full again.
 * `burst` units at once, then one each `per / max` milliseconds.
 */
export const gcra: Algorithm = Object.freeze({
  start: (): Meter => ({ level: 0, cells: [], idleAt: 0 }),
  wait: (rule: Rule, meter: Meter, now: number, cost: number) => {
    const late = afterTaking(rule, meter, now, cost) - capacity(rule) - now
    return late > TOLERANCE ? late : 0
  },
  take: (rule: Rule, meter: Meter, now: number, cost: number) => {
    meter.level = afterTaking(rule, meter, now, cost)
    meter.idleAt = meter.level
  },
  remaining: (rule: Rule, meter: Meter, now: number) => {
    const room = capacity(rule) - (Math.max(meter.level, now) - now) + TOLERANCE
    return Math.max(0, Math.floor((room * rule.max) / rule.per))
  },
  most: (rule: Rule) => rule.burst as number,
})

// Sums of fractions differ from their product in the last bits. A millionth of a millisecond is no unit of any rule.
const TOLERANCE = 1e-6

function afterTaking(rule: Rule, meter: Meter, now: number, cost: number): number {
  return Math.max(meter.level, now) + (cost * rule.per) / rule.max
}

function capacity(rule: Rule): number {
  return ((rule.burst as number) * rule.per) / rule.max
}
