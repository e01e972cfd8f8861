import type { Upstream } from './upstream.ts'

/** What was sent to one target since the process began, and how it is now. */
export type TargetFigures = {
  readonly upstream: string
  readonly target: string
  /** Requests that were sent there, repeated ones included. */
  readonly requests: number
  /** Those that were not answered, or with a status of 500 and up. */
  readonly failures: number
  /** Those that had failed before. */
  readonly retries: number
  readonly inFlight: number
  /** Whether its circuit breaker is open or half open. */
  readonly isOpen: boolean
  readonly isHealthy: boolean
}

export function figuresOf(upstreams: ReadonlyMap<string, Upstream>): readonly TargetFigures[] {
  return [...upstreams.values()].flatMap(({ name, targets }) =>
    targets.map(({ origin, state, waiting }) => ({
      upstream: name,
      target: origin,
      requests: state.requests,
      failures: state.failed,
      retries: state.retries,
      inFlight: waiting,
      isOpen: state.breaker !== 'closed',
      isHealthy: !state.unhealthy,
    })),
  )
}
