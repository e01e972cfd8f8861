import type { Breaker } from '../../core/index.ts'

/** What was counted of one provider since the program started. */
export type ProviderFigures = {
  readonly calls: number
  /** Calls that brought something to go on with. */
  readonly answered: number
  /** Calls that did not, without those below. */
  readonly failed: number
  /** Answers of another form than agreed. */
  readonly differed: number
  /** Elements of lists that were left out. */
  readonly leftOut: number
  /** Calls that were not made, because the breaker was open. */
  readonly spared: number
  /** Requests beyond the first one of a call. */
  readonly retries: number
  readonly breaker: Breaker['breaker']
}

/** One call that is over, for metrics. */
export type ProviderCall = {
  readonly provider: string
  readonly outcome: 'answered' | 'failed' | 'differed' | 'spared'
  /** The problem's code, or null. */
  readonly code: string | null
  /** What was answered last, or null. */
  readonly status: number | null
  readonly attempts: number
  readonly leftOut: number
  /** Milliseconds, waits included. */
  readonly duration: number
}

export type Counter = {
  readonly count: (call: ProviderCall) => void
  readonly figures: () => Omit<ProviderFigures, 'breaker'>
}

export function createCounter(): Counter {
  const counted = { calls: 0, answered: 0, failed: 0, differed: 0, leftOut: 0, spared: 0, retries: 0 }
  return Object.freeze({
    count: ({ outcome, attempts, leftOut }: ProviderCall) => {
      counted.calls++
      counted[outcome]++
      counted.leftOut += leftOut
      counted.retries += Math.max(0, attempts - 1)
    },
    figures: () => ({ ...counted }),
  })
}
