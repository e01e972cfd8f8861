import type { Transaction } from '../../store/index.ts'
import { type Tables, type TicketRow, tablesOf } from '../tables.ts'
import type { Ticket, TicketKind } from './ticket.ts'

function ticketOf(row: TicketRow): Ticket {
  return {
    id: row.id,
    kind: row.kind as TicketKind,
    personId: row.person_id,
    organization: row.organization,
    rest: JSON.parse(row.rest),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

export async function insertTicket(tx: Transaction, ticket: Ticket, digest: Uint8Array): Promise<void> {
  await tablesOf(tx)
    .insertInto('ticket')
    .values({
      id: ticket.id,
      kind: ticket.kind,
      digest,
      person_id: ticket.personId,
      organization: ticket.organization,
      created_at: ticket.createdAt,
      expires_at: ticket.expiresAt,
      used_at: null,
      rest: JSON.stringify(ticket.rest),
    })
    .execute()
}

/** Marks a ticket as used: of many at once one does. Null when it was used, is too old, or is none. */
export async function useTicket(
  tx: Transaction,
  kind: TicketKind,
  digest: Uint8Array,
  now: number,
): Promise<Ticket | null> {
  const row = await tablesOf(tx)
    .updateTable('ticket')
    .set({ used_at: now })
    .where('digest', '=', digest)
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : ticketOf(row)
}

export async function findUnusedTicket(
  db: Tables,
  kind: TicketKind,
  digest: Uint8Array,
  now: number,
): Promise<Ticket | null> {
  const row = await db
    .selectFrom('ticket')
    .selectAll()
    .where('digest', '=', digest)
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row === undefined ? null : ticketOf(row)
}

/** What was last mailed to somebody of a kind, and still works. */
export async function newestTicketOf(
  db: Tables,
  personId: string,
  kind: TicketKind,
  now: number,
): Promise<Ticket | null> {
  const row = await db
    .selectFrom('ticket')
    .selectAll()
    .where('person_id', '=', personId)
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : ticketOf(row)
}

/** Leaves the newest links of a kind to somebody, and ends the others. */
export async function keepNewest(tx: Transaction, personId: string, kind: TicketKind, keep: number): Promise<void> {
  const db = tablesOf(tx)
  const older = await db
    .selectFrom('ticket')
    .select('id')
    .where('person_id', '=', personId)
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .offset(keep)
    .limit(100)
    .execute()
  if (older.length === 0) return
  await db
    .deleteFrom('ticket')
    .where(
      'id',
      'in',
      older.map(({ id }) => id),
    )
    .execute()
}

/** Ends what was mailed to somebody, of some kinds or of all. */
export async function deleteTicketsOf(tx: Transaction, personId: string, kinds?: readonly TicketKind[]): Promise<void> {
  const mailed = tablesOf(tx).deleteFrom('ticket').where('person_id', '=', personId)
  await (kinds === undefined ? mailed : mailed.where('kind', 'in', kinds)).execute()
}
