import { type CalendarWindow, windowEnd, windowStart } from './calendar.ts'
import type { Algorithm, Meter } from './meter.ts'
import type { Rule } from './rule.ts'

/**
 * Fixed quota: so many units from the begin of a calendar window to its end, as bills count them. A clock that was set
 * back does not open a window that is over: only a later one starts anew.
 *
 * @param wall milliseconds since the epoch at the moment of the decision
 */
export function createQuota(wall: () => number): Algorithm {
  function begin(rule: Rule, meter: Meter): number {
    const start = windowStart(rule.calendar as CalendarWindow, wall())
    const known = meter.cells[0] as number
    if (start <= known) return known
    meter.cells[0] = start
    meter.level = 0
    return start
  }

  const untilEnd = (rule: Rule, start: number) =>
    Math.max(1, windowEnd(rule.calendar as CalendarWindow, start) - wall())

  return Object.freeze({
    start: (): Meter => ({ level: 0, cells: [0], idleAt: 0 }),
    wait: (rule: Rule, meter: Meter, _now: number, cost: number) => {
      const start = begin(rule, meter)
      return meter.level + cost <= rule.max ? 0 : untilEnd(rule, start)
    },
    take: (rule: Rule, meter: Meter, now: number, cost: number) => {
      const start = begin(rule, meter)
      meter.level += cost
      meter.idleAt = now + untilEnd(rule, start)
    },
    remaining: (rule: Rule, meter: Meter) => Math.max(0, rule.max - meter.level),
    most: (rule: Rule) => rule.max,
  })
}
