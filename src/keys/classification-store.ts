import { sql } from 'kysely'
import type { Transaction } from '../store/index.ts'
import type { Classification, Owner } from './key.ts'
import type { KeyTables } from './tables.ts'

/**
 * Makes whoever else counts this owner's keys wait until the transaction ends. On SQLite every writer waits anyway.
 * Taken before the first Event of a transaction is written, whose lock is the last.
 */
export async function holdOwner(tx: Transaction, owner: Owner): Promise<void> {
  if (tx.dialect !== 'postgres') return
  if (owner.kind === 'user') return holdName(tx, `owner ${owner.id}`)
  await tx.tables<KeyTables>().selectFrom('service').select('id').where('id', '=', owner.id).forUpdate().execute()
}

/** Holds a name that no row stands for yet. */
export async function holdName(tx: Transaction, name: string): Promise<void> {
  if (tx.dialect !== 'postgres') return
  await sql`select pg_advisory_xact_lock(hashtextextended(${`keys: ${name}`}, 0))`.execute(tx.tables<KeyTables>())
}

/** How many active keys an owner has, counted no further than `upTo`. */
export async function countActive(
  tx: Transaction,
  wanted: {
    readonly owner: Owner
    /** Null counts every classification. */
    readonly classification: Classification | null
    readonly now: number
    readonly except: readonly string[]
    readonly upTo: number
  },
): Promise<number> {
  const { owner, classification, now, except, upTo } = wanted
  // What the partial index `api_key_active` holds.
  let query = tx
    .tables<KeyTables>()
    .selectFrom('api_key')
    .select('id')
    .where('owner_id', '=', owner.id)
    .where('owner_kind', '=', owner.kind)
    .where(sql<boolean>`status = 'active' and successor is null`)
    .where('expires_at', '>', now)
  if (classification !== null) query = query.where('classification', '=', classification)
  if (except.length > 0) query = query.where('id', 'not in', except)
  return (await query.limit(Math.max(1, upTo)).execute()).length
}
