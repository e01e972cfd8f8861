/**
 * One limit: at most `max` units per `per` milliseconds.
 *
 * Without a burst (`null`) it is a sliding window: in no stretch of `per` milliseconds are more than `max` units
 * admitted. With a burst it is a token bucket (GCRA): `burst` units at once, refilled at `max` per `per`; in no
 * stretch of `per` milliseconds are more than `max + burst` admitted.
 */
export type Rule = {
  /** Shown to callers in `RateLimit-Policy`. Printable ASCII, at most 64 characters. */
  readonly name: string
  readonly max: number
  /** Milliseconds. */
  readonly per: number
  readonly burst: number | null
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
}

export function assertWhole(value: number, least: number, most: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${what} must be a whole number from ${least} to ${most}`)
  }
}
