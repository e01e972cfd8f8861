import type { Kysely } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { KeyTables } from '../tables.ts'
import type { ForeignHash, ForeignKind } from './foreign.ts'

/** A foreign hash that nobody used yet. */
export type PendingHash = { readonly keyId: string; readonly hash: string }

/** What is known of all imports together: whether there are any, and what keys with bcrypt hashes still wait for use. */
export type ForeignState = { readonly any: boolean; readonly bcryptCost: number | null }

type Db = Kysely<KeyTables>

export async function insertForeign(
  tx: Transaction,
  row: {
    keyId: string
    kind: ForeignKind
    mark: Uint8Array
    pending: ForeignHash | null
    prefix: string | null
    now: number
  },
): Promise<void> {
  const { pending } = row
  await tx
    .tables<KeyTables>()
    .insertInto('api_key_foreign')
    .values({
      key_id: row.keyId,
      kind: row.kind,
      mark: row.mark,
      hash: pending?.hash ?? null,
      prefix: pending?.kind === 'bcrypt' ? row.prefix : null,
      cost: pending?.kind === 'bcrypt' ? pending.cost : null,
      adopted_at: pending === null ? row.now : null,
    })
    .execute()
}

/** The key that was imported with one of these marks already. */
export async function findMarked(db: Db, marks: readonly Uint8Array[]): Promise<string | null> {
  const row = await db.selectFrom('api_key_foreign').select('key_id').where('mark', 'in', marks).executeTakeFirst()
  return row?.key_id ?? null
}

/** The key whose pending SHA-256 this is. */
export async function findPending(db: Db, sha256: string): Promise<PendingHash | null> {
  const row = await db.selectFrom('api_key_foreign').select('key_id').where('hash', '=', sha256).executeTakeFirst()
  return row === undefined ? null : { keyId: row.key_id, hash: sha256 }
}

/** Keys with a pending bcrypt hash whose visible start is one of these. */
export async function findCandidates(db: Db, starts: readonly string[]): Promise<PendingHash[]> {
  const rows = await db
    .selectFrom('api_key_foreign')
    .select(['key_id', 'hash'])
    .where('prefix', 'in', starts)
    .orderBy('key_id')
    .execute()
  return rows.flatMap(({ key_id, hash }) => (hash === null ? [] : [{ keyId: key_id, hash }]))
}

/** How many keys with a pending bcrypt hash would be candidates for a text that begins like this. */
export async function countCandidates(db: Db, starts: readonly string[]): Promise<number> {
  const { many } = await db
    .selectFrom('api_key_foreign')
    .select((row) => row.fn.countAll().as('many'))
    .where('prefix', 'in', starts)
    .executeTakeFirstOrThrow()
  return Number(many)
}

/**
 * Empties a key's foreign hash, if it is still there: of many first uses at once, one does.
 *
 * @returns whether this call did
 */
export async function emptyPending(tx: Transaction, { keyId, hash }: PendingHash, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .tables<KeyTables>()
    .updateTable('api_key_foreign')
    .set({ hash: null, prefix: null, cost: null, adopted_at: now })
    .where('key_id', '=', keyId)
    .where('hash', '=', hash)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function replaceProof(
  tx: Transaction,
  keyId: string,
  proof: { digest: Uint8Array; pepper: number },
): Promise<void> {
  await tx.tables<KeyTables>().updateTable('api_key').set(proof).where('id', '=', keyId).execute()
}

export async function readForeignState(db: Db): Promise<ForeignState> {
  const any = await db.selectFrom('api_key_foreign').select('key_id').limit(1).executeTakeFirst()
  const { cost } = await db
    .selectFrom('api_key_foreign')
    .select((row) => row.fn.max('cost').as('cost'))
    .executeTakeFirstOrThrow()
  return { any: any !== undefined, bcryptCost: cost }
}
