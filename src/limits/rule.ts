import { CALENDAR_WINDOWS, type CalendarWindow } from './calendar.ts'

/**
 * One limit: at most `max` units per `per` milliseconds.
 *
 * Without a burst (`null`) it is a sliding window: in no stretch of `per` milliseconds are more than `max` units
 * admitted. With a burst it is a token bucket (GCRA): `burst` units at once, refilled at `max` per `per`; in no
 * stretch of `per` milliseconds are more than `max + burst` admitted. With a calendar window it is a quota: `max` units
 * from the begin of each hour, day or month (UTC) to its end.
 */
export type Rule = {
  /** Shown to callers in `RateLimit-Policy`. Printable ASCII, at most 64 characters. */
  readonly name: string
  readonly max: number
  /** Milliseconds. Of a calendar window its length in {@link CALENDAR_WINDOWS}. */
  readonly per: number
  readonly burst: number | null
  readonly calendar?: CalendarWindow
}

/** What a rule says about one key after a decision. */
export type RuleState = {
  readonly rule: Rule
  /** Units that are left now. */
  readonly remaining: number
  /** Milliseconds until everything is available again if nothing more is asked. */
  readonly resetAfter: number
  /** Milliseconds after which the same question would be allowed. 0 when it is. */
  readonly wait: number
}

const MOST_UNITS = 1_000_000_000
const LONGEST_WINDOW = 366 * 24 * 3_600_000
const NAME = /^[ !#-[\]-~]{1,64}$/

/** Throws a RangeError on a rule that could not be enforced as it reads: a wrong rule is a mistake of the program. */
export function assertRule(rule: Rule): void {
  if (!NAME.test(rule.name)) throw new RangeError(`rule name "${rule.name}" must be 1 to 64 printable characters`)
  assertWhole(rule.max, 1, MOST_UNITS, `${rule.name}: max`)
  assertWhole(rule.per, 1, LONGEST_WINDOW, `${rule.name}: per`)
  if (rule.burst !== null) assertWhole(rule.burst, 1, MOST_UNITS, `${rule.name}: burst`)
  if (rule.calendar === undefined) return
  if (rule.burst !== null) throw new RangeError(`${rule.name}: a quota has no burst`)
  if (rule.per !== CALENDAR_WINDOWS[rule.calendar]) {
    throw new RangeError(`${rule.name}: per must be the length of the ${rule.calendar}`)
  }
}

export function assertWhole(value: number, least: number, most: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${what} must be a whole number from ${least} to ${most}`)
  }
}

/**
 * What a rule's meters are kept under, before the key. The length keeps name and key apart; window and burst are in it,
 * so that a changed rule starts afresh.
 */
export function prefixOf({ name, per, burst, calendar }: Rule): string {
  return `${name.length}:${name}:${calendar ?? per}:${burst ?? ''}:`
}

/** What one of several processes may admit while they cannot ask each other: an equal part, and at least one unit. */
export function shareOf(max: number, processes: number): number {
  return processes === 1 ? max : Math.max(1, Math.floor(max / processes))
}
