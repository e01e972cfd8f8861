import type { Level } from '../../core/index.ts'
import { LEVELS } from '../../core/index.ts'
import type { OwnSession } from '../provider/own-session.ts'

/** What an authorization request waits for, and what has to be true of the session that ends the waiting. */
export type Demand = {
  readonly prompt: 'login' | 'consent'
  /** Milliseconds: nothing that was proved before counts. */
  readonly provedSince: number
  readonly level: Level | null
  /** Who it has to be; null for anybody. */
  readonly personId: string | null
}

/** What comes next for a person who waits: to sign in, to prove more, to agree, or nothing. */
export type Waiting = 'sign_in' | 'step_up' | 'other_person' | 'consent' | 'done'

/** What an authorization request still waits for. Pure: the same session gives the same answer. */
export function waitingFor(demand: Demand, own: OwnSession | null): Waiting {
  if (own === null) return 'sign_in'
  if (demand.personId !== null && demand.personId !== own.personId) return 'other_person'
  const { acr, provedAt } = own.assurance
  const reached = demand.level === null || LEVELS.indexOf(acr) >= LEVELS.indexOf(demand.level)
  if (!reached || provedAt < demand.provedSince) return 'step_up'
  return demand.prompt === 'consent' ? 'consent' : 'done'
}
