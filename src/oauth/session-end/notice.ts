import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'

/** A client that has to be told that a session is over (OpenID Connect Back-Channel Logout 1.0). */
export type LogoutNotice = {
  /** What this client calls the session by. */
  readonly sid: string
  readonly clientId: string
  readonly personId: string
}

export type LogoutNoticeRow = {
  sid: string
  client_id: string
  person_id: string
  attempts: number
  due_at: number
  created_at: number
}

export function noticesOf(source: Pick<Store, 'tables'> | Transaction): Kysely<{ logout_notice: LogoutNoticeRow }> {
  return source.tables<{ logout_notice: LogoutNoticeRow }>()
}

/** Has a client told, in the transaction that ends the session: whatever fails afterwards, it will be. */
export async function insertNotice(tx: Transaction, { sid, clientId, personId }: LogoutNotice, now: number) {
  await noticesOf(tx)
    .insertInto('logout_notice')
    .values({ sid, client_id: clientId, person_id: personId, attempts: 0, due_at: now, created_at: now })
    .onConflict((conflict) => conflict.column('sid').doNothing())
    .execute()
}

export async function hasDueNotice(store: Store, now: number): Promise<boolean> {
  const row = await noticesOf(store)
    .selectFrom('logout_notice')
    .select('sid')
    .where('due_at', '<=', now)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Those that are due, of no client more than a few, so that a slow one does not hold up the others. */
export async function dueNotices(
  store: Store,
  now: number,
  most: number,
  perClient: number,
): Promise<LogoutNoticeRow[]> {
  const rows = await noticesOf(store)
    .selectFrom('logout_notice')
    .selectAll()
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(most * 8)
    .execute()
  const byClient = Map.groupBy(rows, ({ client_id }) => client_id)
  return [...byClient.values()].flatMap((of) => of.slice(0, perClient)).slice(0, most)
}

/**
 * Takes a notice for an attempt, if nobody else did: a compare-and-set.
 *
 * @param until milliseconds; whoever did not write down by then what came of it is not there any more
 */
export async function claimNotice(tx: Transaction, { sid, attempts, due_at }: LogoutNoticeRow, until: number) {
  const { numUpdatedRows } = await noticesOf(tx)
    .updateTable('logout_notice')
    .set({ attempts: attempts + 1, due_at: until })
    .where('sid', '=', sid)
    .where('attempts', '=', attempts)
    .where('due_at', '=', due_at)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function postponeNotice(tx: Transaction, sid: string, until: number): Promise<void> {
  await noticesOf(tx).updateTable('logout_notice').set({ due_at: until }).where('sid', '=', sid).execute()
}

export async function deleteNotice(tx: Transaction, sid: string): Promise<void> {
  await noticesOf(tx).deleteFrom('logout_notice').where('sid', '=', sid).execute()
}

export async function deleteNoticesOf(tx: Transaction, clientId: string): Promise<void> {
  await noticesOf(tx).deleteFrom('logout_notice').where('client_id', '=', clientId).execute()
}
