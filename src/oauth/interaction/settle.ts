import { reachesLevel, type WantedLevel } from '../provider/level.ts'
import type { OwnSession } from '../provider/own-session.ts'

/** What an authorization request waits for, and what has to be true of the session that ends the waiting. */
export type Demand = {
  readonly prompt: 'login' | 'consent'
  /** Milliseconds: nothing that was proved before counts. */
  readonly provedSince: number
  readonly level: WantedLevel
  /** Who it has to be, as the client knows them; null for anybody. */
  readonly subject: string | null
}

/** What comes next for a person who waits: to sign in, to prove more, to agree, or nothing. */
export type Waiting = 'sign_in' | 'step_up' | 'other_person' | 'consent' | 'done'

/** Somebody who is signed in, and what the client calls them. */
export type SignedIn = Pick<OwnSession, 'assurance'> & { readonly subject: string }

/** What an authorization request still waits for. Pure: the same session gives the same answer. */
export function waitingFor(demand: Demand, own: SignedIn | null): Waiting {
  if (own === null) return 'sign_in'
  if (demand.subject !== null && demand.subject !== own.subject) return 'other_person'
  const { acr, provedAt } = own.assurance
  if (!reachesLevel(acr, demand.level) || provedAt < demand.provedSince) return 'step_up'
  return demand.prompt === 'consent' ? 'consent' : 'done'
}
