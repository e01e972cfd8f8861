import type { LimitDecision, Limits, Rule } from '../index.ts'

/** Limits whose time the test owns. */
export type Stage = {
  readonly limits: Limits
  /** Lets so many milliseconds pass; fewer than none sets the clock back. */
  readonly pass: (milliseconds: number) => void
  readonly now: () => number
}

/** Where a contract's time begins: a moment in the middle of an hour, a day and a month. */
export const BEGIN = Date.UTC(2023, 10, 14, 22, 13, 20)

export function rule(over: Partial<Rule> = {}): Rule {
  return { name: 'key-60s', max: 3, per: 60_000, burst: null, ...over }
}

let count = 0
/** A key that nobody else has asked about: a world of its own. */
export const freshKey = (): string => `k${++count}`

/** Asks about one rule and key. */
export async function ask(
  limits: Limits,
  rule: Rule,
  key: string,
  options?: Parameters<Limits['check']>[1],
): Promise<LimitDecision> {
  return limits.check([{ rule, key }], options)
}
