import type { RouteIdentity } from '../core/index.ts'
import type { Place, PlaceAsk } from './concurrency.ts'
import { assertWhole, prefixOf, type Rule, type RuleState } from './rule.ts'

/** One rule asked about one key. Keys of different rules do not meet. */
export type Ask = {
  readonly rule: Rule
  readonly key: string
  /** What it is remembered under, where {@link askOf} made it out beforehand. */
  readonly name?: string
}

/** An ask that is made once and used for many questions: what it is remembered under is not put together each time. */
export function askOf(rule: Rule, key: string): Ask {
  return Object.freeze({ rule, key, name: prefixOf(rule) + key })
}

export type CheckOptions = {
  /** Say what would be decided and charge nothing. */
  readonly dry?: boolean
  /** Units this request costs; 1 unless said otherwise. */
  readonly cost?: number
  /** A place among requests at once that the same decision asks for. */
  readonly place?: PlaceAsk | null
  /** The route that it is for: it says what happens while limits cannot be shared. Without it they are held here. */
  readonly route?: RouteIdentity
}

export type LimitDecision = {
  readonly allowed: boolean
  /** Milliseconds after which the same question would be allowed: the longest wait of all rules. 0 when allowed. */
  readonly retryAfter: number
  /** In the order of the question. */
  readonly states: readonly RuleState[]
  /** Whether all places are taken. Nobody knows when one falls free. */
  readonly crowded: boolean
  /** The place that was taken, when one was asked for and everything allowed. Whoever gets it gives it back. */
  readonly place: Place | null
  /** Refused, because limits are out of reach where they are shared and the route wants no others. */
  readonly unavailable?: boolean
}

/** The places under one name: nobody but us can say when one falls free, so callers are told to try soon. */
export const CROWDED_WAIT = 1000

/** Throws a RangeError on a question that could not be decided as it reads. @returns what it costs */
export function assertOptions(options: CheckOptions | undefined): number {
  const cost = options?.cost ?? 1
  assertWhole(cost, 1, Number.MAX_SAFE_INTEGER, 'cost')
  if (options?.place != null) assertWhole(options.place.max, 1, Number.MAX_SAFE_INTEGER, 'place: max')
  return cost
}
