import type { Transaction } from '../../../store/index.ts'
import { type Tables, tablesOf } from '../../tables.ts'

/** Puts new codes in the place of all that somebody has. */
export async function replaceCodes(tx: Transaction, personId: string, digests: readonly Uint8Array[]): Promise<void> {
  await deleteCodes(tx, personId)
  const rows = digests.map((digest) => ({ person_id: personId, digest, used_at: null }))
  await tablesOf(tx).insertInto('backup_code').values(rows).execute()
}

export async function deleteCodes(tx: Transaction, personId: string): Promise<void> {
  await tablesOf(tx).deleteFrom('backup_code').where('person_id', '=', personId).execute()
}

/** Takes a code: of many at once one does. @returns whether this one did */
export async function takeCode(tx: Transaction, personId: string, digest: Uint8Array, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('backup_code')
    .set({ used_at: now })
    .where('person_id', '=', personId)
    .where('digest', '=', digest)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** How many codes somebody has that were not used. */
export async function codesLeft(db: Tables, personId: string): Promise<number> {
  const rows = await db
    .selectFrom('backup_code')
    .select('used_at')
    .where('person_id', '=', personId)
    .where('used_at', 'is', null)
    .limit(100)
    .execute()
  return rows.length
}
