import type { Transaction } from '../../../store/index.ts'
import { type Tables, tablesOf } from '../../tables.ts'

/** Told to every process when the windows of a person changed. */
export const WINDOWS_TOPIC = 'key_window'

/** For how long a key is let through from an address. Times are milliseconds. */
export type Window = {
  readonly keyId: string
  readonly address: string
  readonly personId: string
  readonly until: number
}

/** Opens a window, or keeps one open for longer. */
export async function openWindow(tx: Transaction, { keyId, address, personId, until }: Window): Promise<void> {
  await tablesOf(tx)
    .insertInto('key_window')
    .values({ key_id: keyId, address, person_id: personId, until })
    .onConflict((conflict) => conflict.columns(['key_id', 'address']).doUpdateSet({ until }))
    .execute()
  await tx.announce(WINDOWS_TOPIC, personId)
}

/** Until when a key is let through from an address; 0 when it is not. */
export async function findWindow(db: Tables, keyId: string, address: string): Promise<number> {
  const row = await db
    .selectFrom('key_window')
    .select('until')
    .where('key_id', '=', keyId)
    .where('address', '=', address)
    .executeTakeFirst()
  return row?.until ?? 0
}

/** Ends what a person’s codes opened, as when a second factor of theirs is removed. */
export async function endWindowsOf(tx: Transaction, personId: string): Promise<void> {
  await tablesOf(tx).deleteFrom('key_window').where('person_id', '=', personId).execute()
  await tx.announce(WINDOWS_TOPIC, personId)
}
