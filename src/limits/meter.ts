import type { Rule } from './rule.ts'

/** What is remembered for one rule and one key. */
export type Meter = {
  /** GCRA: when the bucket is full again. Sliding window and quota: units in all. */
  level: number
  /**
   * Sliding window: number and units of each cell that has any, oldest first, in turn. GCRA: the rest of the moment, in
   * parts of `max`. Quota: the begin of its window.
   */
  readonly cells: number[]
  /** When this meter says the same as no meter at all; from then on it may be forgotten. */
  idleAt: number
}

/** One way to count. All times are steady milliseconds; nothing here reads a clock. */
export type Algorithm = {
  readonly start: () => Meter
  /** Milliseconds until `cost` units would be admitted; 0 when they are now. */
  readonly wait: (rule: Rule, meter: Meter, now: number, cost: number) => number
  /** Charges the units. Always after a {@link Algorithm.wait} of the same moment that said 0, or on a fresh meter. */
  readonly take: (rule: Rule, meter: Meter, now: number, cost: number) => void
  /** Units left, after a {@link Algorithm.wait} of the same moment. */
  readonly remaining: (rule: Rule, meter: Meter, now: number) => number
  /** The most units one question may ever ask for. */
  readonly most: (rule: Rule) => number
}
