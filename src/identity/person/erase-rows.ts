import type { Transaction } from '../../store/index.ts'
import { type IdentityTables, tablesOf } from '../tables.ts'
import type { Person } from './person.ts'

/** The tables whose rows are somebody's, by the column `person_id`. Nothing of them is left of who was erased. */
export const TABLES_OF_A_PERSON = [
  'membership',
  'password',
  'password_past',
  'session',
  'device',
  'sign_in',
  'factor',
  'backup_code',
  'passkey',
  'ticket',
  'recovery',
  'key_window',
  'passkey_handle',
] as const satisfies readonly (keyof IdentityTables)[]

/** Deletes everything that is kept about a person. What happened stays in the record, under an id that leads nowhere. */
export async function eraseRows(tx: Transaction, { id }: Pick<Person, 'id'>): Promise<void> {
  const db = tablesOf(tx)
  for (const table of TABLES_OF_A_PERSON) await db.deleteFrom(table).where('person_id', '=', id).execute()
  await db.deleteFrom('one_time_code').where('subject', '=', id).execute()
  await db.deleteFrom('person').where('id', '=', id).execute()
}
