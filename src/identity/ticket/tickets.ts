import { type Clock, createId, type Secret } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Tables } from '../tables.ts'
import { digestOf, isToken, newToken } from '../token.ts'
import { findUnusedTicket, insertTicket, keepNewest, useTicket } from './store.ts'
import type { Ticket, TicketKind } from './ticket.ts'

type Deps = { readonly clock: Clock }

export type NewTicket = {
  readonly kind: TicketKind
  readonly personId: string | null
  readonly organization: string
  readonly rest?: Readonly<Record<string, string>>
  /** Milliseconds that it works for. */
  readonly life: number
}

/** So many links of one kind work at once for one person: whoever asks again can still use the mail that comes first. */
const MOST_AT_ONCE = 3

/**
 * Makes what a mailed link is redeemed with. Only its digest is kept; what was asked for before the last three is over.
 *
 * @example const token = await createTicket(deps, tx, { kind: 'verify_email', personId, organization, life })
 */
export async function createTicket(deps: Deps, tx: Transaction, input: NewTicket): Promise<Secret> {
  const now = deps.clock.now()
  const { text, digest } = newToken('spl')
  const { kind, personId, organization, rest = {}, life } = input
  const id = createId('tkt', now)
  await insertTicket(tx, { id, kind, personId, organization, rest, createdAt: now, expiresAt: now + life }, digest)
  if (personId !== null) await keepNewest(tx, personId, kind, MOST_AT_ONCE)
  return text
}

/** Redeems a mailed link: of many at once one does. Null when it was used, is too old, or is none of this kind. */
export async function takeTicket(deps: Deps, tx: Transaction, kind: TicketKind, token: string): Promise<Ticket | null> {
  return isToken('spl', token) ? useTicket(tx, kind, digestOf(token), deps.clock.now()) : null
}

/** Reads a mailed link without redeeming it, for what has to be known before. */
export async function findTicket(deps: Deps, db: Tables, kind: TicketKind, token: string): Promise<Ticket | null> {
  return isToken('spl', token) ? findUnusedTicket(db, kind, digestOf(token), deps.clock.now()) : null
}
