import type { Transaction } from '../../store/index.ts'
import { type Tables, tablesOf } from '../tables.ts'

/** What is kept of a person's password. Times are milliseconds. */
export type KeptPassword = { readonly hash: string; readonly changedAt: number; readonly mustChange: boolean }

export async function findPassword(db: Tables, personId: string): Promise<KeptPassword | null> {
  const row = await db.selectFrom('password').selectAll().where('person_id', '=', personId).executeTakeFirst()
  return row === undefined ? null : { hash: row.hash, changedAt: row.changed_at, mustChange: row.must_change === 1 }
}

export async function mustChangePassword(tx: Transaction, personId: string): Promise<boolean> {
  return (await findPassword(tablesOf(tx), personId))?.mustChange === true
}

/** Sets a person's password, and keeps the one before among the past ones. */
export async function writePassword(
  tx: Transaction,
  personId: string,
  next: { readonly hash: string; readonly at: number; readonly mustChange: boolean },
  history: number,
): Promise<void> {
  const db = tablesOf(tx)
  const before = await findPassword(db, personId)
  if (before !== null) {
    await db.insertInto('password_past').values({ person_id: personId, at: next.at, hash: before.hash }).execute()
    await forgetOldest(db, personId, history)
  }
  const columns = { hash: next.hash, changed_at: next.at, must_change: next.mustChange ? 1 : 0 }
  await db
    .insertInto('password')
    .values({ person_id: personId, ...columns })
    .onConflict((conflict) => conflict.column('person_id').doUpdateSet(columns))
    .execute()
}

/** Takes a person's password away; it is kept among the past ones, so that it is not chosen again. */
export async function retirePassword(tx: Transaction, personId: string, at: number, history: number): Promise<void> {
  const db = tablesOf(tx)
  const before = await findPassword(db, personId)
  if (before === null) return
  await db.insertInto('password_past').values({ person_id: personId, at, hash: before.hash }).execute()
  await forgetOldest(db, personId, history)
  await db.deleteFrom('password').where('person_id', '=', personId).execute()
}

/** Leaves a person without a password, and without a memory of any. */
export async function forgetPasswords(tx: Transaction, personId: string): Promise<void> {
  const db = tablesOf(tx)
  await db.deleteFrom('password').where('person_id', '=', personId).execute()
  await db.deleteFrom('password_past').where('person_id', '=', personId).execute()
}

/** Replaces a hash by a better one of the same password, unless the password was changed meanwhile. */
export async function upgradeHash(tx: Transaction, personId: string, from: string, hash: string): Promise<void> {
  await tablesOf(tx)
    .updateTable('password')
    .set({ hash })
    .where('person_id', '=', personId)
    .where('hash', '=', from)
    .execute()
}

/** The hashes of the last passwords, the present one first. */
export async function lastHashes(db: Tables, personId: string, most: number): Promise<string[]> {
  const present = await findPassword(db, personId)
  const past = await db
    .selectFrom('password_past')
    .select('hash')
    .where('person_id', '=', personId)
    .orderBy('at', 'desc')
    .limit(most)
    .execute()
  return [...(present === null ? [] : [present.hash]), ...past.map(({ hash }) => hash)].slice(0, most)
}

async function forgetOldest(db: Tables, personId: string, keep: number): Promise<void> {
  const oldest = await db
    .selectFrom('password_past')
    .select('at')
    .where('person_id', '=', personId)
    .orderBy('at', 'desc')
    .offset(Math.max(0, keep - 1))
    .limit(1)
    .executeTakeFirst()
  if (oldest === undefined) return
  await db.deleteFrom('password_past').where('person_id', '=', personId).where('at', '<=', oldest.at).execute()
}
