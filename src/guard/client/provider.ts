import {
  type Breaker,
  type BreakerBounds,
  type BreakerChange,
  type Clock,
  closedBreaker,
  createRetryBudget,
  type EventInput,
  letsThrough,
  noteFault,
  noteSent,
  noteWell,
  type RetryBudget,
} from '../../core/index.ts'
import type { ClientEvent } from './events.ts'

/** What is known of one provider by all clients of it: whether it is well, and how many calls may be made again. */
export type Provider = {
  readonly name: string
  readonly budget: RetryBudget
  /** Milliseconds until it may be asked again; 0 when it may be asked now. */
  readonly closedFor: () => number
  readonly sent: () => void
  readonly went: (how: 'well' | 'wrong' | 'unknown') => void
  readonly tell: (
    type: ClientEvent,
    code: string | null,
    details?: Readonly<Record<string, number | string | null>>,
  ) => void
  readonly breaker: () => Breaker['breaker']
}

export type ProviderDeps = {
  readonly name: string
  readonly breaker: BreakerBounds
  readonly budget: number
  readonly clock: Clock
  readonly onEvent: (event: EventInput) => void
}

const EVENTS = { opened: 'third_party.opened', tried: 'third_party.tried', closed: 'third_party.closed' } as const
/** How soon to ask again where one call finds out just now whether it is well. */
const SOON = 1_000

export function openProvider({ name, breaker, budget, clock, onEvent }: ProviderDeps): Provider {
  const state = closedBreaker()

  const tell: Provider['tell'] = (type, code, details = {}) => {
    const outcome = type === 'third_party.tried' || type === 'third_party.closed' ? 'success' : 'failure'
    onEvent({ type, outcome, code, details: { provider: name, ...details } })
  }
  const changed = (change: BreakerChange | null): void => {
    if (change !== null) tell(EVENTS[change], null, change === 'opened' ? { failures: state.faults } : {})
  }

  return Object.freeze({
    name,
    budget: createRetryBudget(budget),
    closedFor: () => {
      const at = clock.now()
      return letsThrough(state, at) ? 0 : Math.max(SOON, state.openUntil - at)
    },
    sent: () => changed(noteSent(state)),
    went: (how: 'well' | 'wrong' | 'unknown') => {
      if (how === 'wrong') changed(noteFault(state, breaker, clock.now()))
      else if (how === 'well') changed(noteWell(state))
      state.tried = false
    },
    tell,
    breaker: () => state.breaker,
  })
}
