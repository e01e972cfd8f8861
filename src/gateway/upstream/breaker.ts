import {
  type BreakerBounds,
  noteFault as coreFault,
  noteSent as coreSent,
  noteWell as coreWell,
} from '../../core/index.ts'
import type { TargetEvent } from '../events.ts'
import type { TargetState } from './target.ts'

/** Told of what changed: the event, and details besides upstream and target. */
export type TellTarget = (type: TargetEvent, details?: Readonly<Record<string, number | string>>) => void

/** A request is sent to the target. */
export function noteSent(state: TargetState, tell: TellTarget): void {
  if (coreSent(state) !== null) tell('target.tried')
}

/** A request failed there. Opens the breaker after so many in a row, or at once when it was only tried. */
export function noteFault(state: TargetState, settings: BreakerBounds, at: number, tell: TellTarget): void {
  if (coreFault(state, settings, at) !== null) tell('target.opened', { failures: state.faults })
}

/** A request was answered well there. */
export function noteWell(state: TargetState, at: number, tell: TellTarget): void {
  if (coreWell(state) === null) return
  state.backSince = at
  tell('target.closed')
}
