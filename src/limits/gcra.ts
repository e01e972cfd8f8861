import type { Algorithm, Meter } from './meter.ts'
import type { Rule } from './rule.ts'

/**
 * Generic cell rate algorithm: a token bucket that remembers one moment, at which the bucket is full again. `burst` units
 * at once, then one each `per / max` milliseconds.
 *
 * The moment is whole milliseconds and a rest of so many parts of `max`: fractions would lose their last bits the longer
 * a process runs.
 */
export const gcra: Algorithm = Object.freeze({
  start: (): Meter => ({ level: 0, cells: [0], idleAt: 0 }),
  wait: (rule: Rule, meter: Meter, now: number, cost: number) => {
    const late = (drops(rule, meter, now) + (cost - (rule.burst as number)) * rule.per) / rule.max
    return late > TOLERANCE ? late : 0
  },
  take: (rule: Rule, meter: Meter, now: number, cost: number) => {
    const parts = (meter.level >= now ? rest(meter) : 0) + cost * rule.per
    const whole = Math.floor(parts / rule.max)
    meter.level = Math.max(meter.level, now) + whole
    meter.cells[0] = parts - whole * rule.max
    meter.idleAt = meter.level + rest(meter) / rule.max
  },
  remaining: (rule: Rule, meter: Meter, now: number) => {
    const room = (rule.burst as number) * rule.per - drops(rule, meter, now)
    return Math.max(0, Math.floor(room / rule.per + TOLERANCE))
  },
  most: (rule: Rule) => rule.burst as number,
})

// What is too large to be exact in a double is off by less than this.
const TOLERANCE = 1e-9

const rest = (meter: Meter): number => meter.cells[0] as number

/** What is missing in the bucket: a unit is `per` drops, each millisecond brings `max` of them. */
function drops(rule: Rule, meter: Meter, now: number): number {
  return meter.level >= now ? (meter.level - now) * rule.max + rest(meter) : 0
}
