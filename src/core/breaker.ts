/** Where the circuit breaker of one place stands that requests go to. */
export type Breaker = {
  breaker: 'closed' | 'open' | 'half open'
  /** Failures in a row. */
  faults: number
  /** Milliseconds since the epoch. */
  openUntil: number
  /** Whether a request is under way that shows whether it is well again. */
  tried: boolean
}

export type BreakerBounds = {
  /** Failures in a row that open it. */
  readonly failures: number
  /** Milliseconds that it stays open. */
  readonly open: number
}

/** What a request changed. */
export type BreakerChange = 'opened' | 'tried' | 'closed'

export function closedBreaker(): Breaker {
  return { breaker: 'closed', faults: 0, openUntil: 0, tried: false }
}

/** Whether a breaker lets a request through: always when closed, one at a time once it was open long enough. */
export function letsThrough({ breaker, openUntil, tried }: Breaker, at: number): boolean {
  if (breaker === 'closed') return true
  return breaker === 'open' ? at >= openUntil : !tried
}

/** A request is sent. */
export function noteSent(state: Breaker): BreakerChange | null {
  if (state.breaker === 'closed') return null
  const isFirst = state.breaker === 'open'
  state.breaker = 'half open'
  state.tried = true
  return isFirst ? 'tried' : null
}

/** A request failed. Opens the breaker after so many in a row, or at once when it was only tried. */
export function noteFault(state: Breaker, bounds: BreakerBounds, at: number): BreakerChange | null {
  state.faults++
  if (state.breaker === 'open' || (state.breaker === 'closed' && state.faults < bounds.failures)) return null
  state.breaker = 'open'
  state.openUntil = at + bounds.open
  state.tried = false
  return 'opened'
}

/** A request was answered well. */
export function noteWell(state: Breaker): BreakerChange | null {
  state.faults = 0
  if (state.breaker !== 'half open') return null
  state.breaker = 'closed'
  state.tried = false
  return 'closed'
}
