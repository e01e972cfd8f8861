import type { TargetEvent } from '../events.ts'
import type { BreakerSettings } from '../settings.ts'
import type { TargetState } from './target.ts'

/** Told of what changed: the event, and details besides upstream and target. */
export type TellTarget = (type: TargetEvent, details?: Readonly<Record<string, number | string>>) => void

/** Whether a target's breaker lets a request through: always when closed, one at a time once it was open long enough. */
export function letsThrough({ breaker, openUntil, tried }: TargetState, at: number): boolean {
  if (breaker === 'closed') return true
  return breaker === 'open' ? at >= openUntil : !tried
}

/** A request is sent to the target. */
export function noteSent(state: TargetState, tell: TellTarget): void {
  if (state.breaker === 'closed') return
  if (state.breaker === 'open') {
    state.breaker = 'half open'
    tell('target.tried')
  }
  state.tried = true
}

/** A request failed there. Opens the breaker after so many in a row, or at once when it was only tried. */
export function noteFault(state: TargetState, settings: BreakerSettings, at: number, tell: TellTarget): void {
  state.faults++
  if (state.breaker === 'open' || (state.breaker === 'closed' && state.faults < settings.failures)) return
  state.breaker = 'open'
  state.openUntil = at + settings.open
  state.tried = false
  tell('target.opened', { failures: state.faults })
}

/** A request was answered well there. */
export function noteWell(state: TargetState, at: number, tell: TellTarget): void {
  state.faults = 0
  if (state.breaker !== 'half open') return
  state.breaker = 'closed'
  state.tried = false
  state.backSince = at
  tell('target.closed')
}
