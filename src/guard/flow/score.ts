import type { RiskSettings, SignalName } from './settings.ts'
import { type Circumstances, countOf, GROWN, MOST_REFUSALS } from './signals.ts'

/** How risky a request is, and why. */
export type Risk = {
  /** 0 to 1. */
  readonly score: number
  /** What each signal adds to it. */
  readonly shares: Readonly<Record<SignalName, number>>
  /** Whether somebody has to be verified. */
  readonly isOver: boolean
}

/**
 * Tells the risk of a request: the sum of what each signal counts, times its weight, and 1 at the most. It depends on nothing
 * else, so it can be explained. A velocity that is used up is over, whatever its weight.
 *
 * @example riskOf({ velocity: 1, age: 'unknown', history: 0, network: 'same', device: 'known' }, settings).shares.velocity
 */
export function riskOf(of: Circumstances, { weights, threshold }: RiskSettings): Risk {
  const values: Record<SignalName, number> = {
    velocity: bounded(of.velocity) ** 2,
    age: typeof of.age === 'number' ? bounded(1 - of.age / GROWN) : countOf('age', of.age),
    history: bounded(of.history / MOST_REFUSALS),
    network: countOf('network', of.network),
    device: countOf('device', of.device),
  }
  const shares = { ...values }
  let sum = 0
  for (const name of Object.keys(values) as SignalName[]) {
    shares[name] = hundredths(values[name] * weights[name])
    sum += shares[name]
  }
  const score = Math.min(1, hundredths(sum * 100))
  return { score, shares, isOver: of.velocity >= 1 || score > threshold / 100 }
}

/** The same in words, for whoever runs it. */
export function explained({ score, shares }: Risk, { threshold }: RiskSettings): string {
  const told = Object.entries(shares).map(([name, share]) => `${name} ${share.toFixed(2)}`)
  return `risk ${score.toFixed(2)} of ${(threshold / 100).toFixed(2)}: ${told.join(', ')}`
}

function hundredths(percent: number): number {
  return Math.round(percent) / 100
}

// What is not a number speaks against the request.
function bounded(value: number): number {
  return Number.isNaN(value) ? 1 : Math.max(0, Math.min(1, value))
}
