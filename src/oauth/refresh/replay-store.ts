import type { Kysely } from 'kysely'
import type { Resealer } from '../../secrets/index.ts'
import type { Store, Transaction } from '../../store/index.ts'

export const REPLAY_PURPOSE = 'oauth.refresh'

export type ReplayRow = {
  digest: Uint8Array
  binding: Uint8Array
  maker: string
  answer: string | null
  expires_at: number
}

function replaysOf(source: Pick<Store, 'tables'> | Transaction): Kysely<{ refresh_replay: ReplayRow }> {
  return source.tables<{ refresh_replay: ReplayRow }>()
}

export async function findReplay(store: Store, digest: Uint8Array): Promise<ReplayRow | null> {
  const row = await replaysOf(store)
    .selectFrom('refresh_replay')
    .selectAll()
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row ?? null
}

/** @returns whether it was the first: of many at once one is */
export async function insertReplay(tx: Transaction, row: ReplayRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await replaysOf(tx)
    .insertInto('refresh_replay')
    .values(row)
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Changes a row that is still with the maker it was read with: a compare-and-set. */
export async function changeReplay(
  tx: Transaction,
  { digest, maker }: Pick<ReplayRow, 'digest' | 'maker'>,
  change: Partial<Omit<ReplayRow, 'digest'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await replaysOf(tx)
    .updateTable('refresh_replay')
    .set(change)
    .where('digest', '=', digest)
    .where('maker', '=', maker)
    .where('answer', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function deleteReplay(tx: Transaction, { digest, maker }: Pick<ReplayRow, 'digest' | 'maker'>) {
  await replaysOf(tx).deleteFrom('refresh_replay').where('digest', '=', digest).where('maker', '=', maker).execute()
}

export async function deleteReplaysBefore(tx: Transaction, moment: number): Promise<void> {
  await replaysOf(tx).deleteFrom('refresh_replay').where('expires_at', '<=', moment).execute()
}

export function contextOfReplay(digest: Uint8Array): string {
  return `refresh_replay:${Buffer.from(digest).toString('base64url')}`
}

/** Seals again what older data keys sealed. There are never more than of the last minute. */
export const resealReplays: Resealer = async (tx, reseal) => {
  const rows = await replaysOf(tx).selectFrom('refresh_replay').selectAll().where('answer', 'is not', null).execute()
  for (const { digest, answer } of rows) {
    if (answer === null) continue
    const row = { answer: reseal(answer, contextOfReplay(digest)) }
    await replaysOf(tx).updateTable('refresh_replay').set(row).where('digest', '=', digest).execute()
  }
  return null
}
