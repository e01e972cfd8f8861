import type { Store, Transaction } from '../../store/index.ts'
import type { KeyTables, SignatureRow } from '../tables.ts'
import type { SignatureKey } from './signature-key.ts'

type Within = Pick<Store, 'tables'> | Pick<Transaction, 'tables'>

export async function insertSignatureKey(tx: Transaction, key: SignatureKey, secret: string | null): Promise<void> {
  const { id, keyId, name, algorithm, publicKey, createdAt, createdBy } = key
  await tablesOf(tx)
    .insertInto('api_key_signature')
    .values({
      id,
      key_id: keyId,
      name,
      algorithm,
      secret,
      public_key: publicKey === null ? null : JSON.stringify(publicKey),
      created_at: createdAt,
      created_by: createdBy,
    })
    .execute()
}

/** Those of one key, oldest first; there are few. */
export async function listSignatureKeys(within: Within, keyId: string): Promise<SignatureKey[]> {
  const rows = await tablesOf(within)
    .selectFrom('api_key_signature')
    .selectAll()
    .where('key_id', '=', keyId)
    .orderBy('id')
    .execute()
  return rows.map(signatureKeyOf)
}

export async function findSignatureRow(within: Within, id: string): Promise<SignatureRow | null> {
  const row = await tablesOf(within).selectFrom('api_key_signature').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** @returns whether it was there */
export async function deleteSignatureKey(tx: Transaction, id: string, keyId: string): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx)
    .deleteFrom('api_key_signature')
    .where('id', '=', id)
    .where('key_id', '=', keyId)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

/** Sealed secrets in their order, continuing after an id. */
export async function sealedAfter(tx: Transaction, after: string, limit: number) {
  const rows = await tablesOf(tx)
    .selectFrom('api_key_signature')
    .select(['id', 'secret'])
    .where('id', '>', after)
    .where('secret', 'is not', null)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows as { readonly id: string; readonly secret: string }[]
}

export async function updateSealed(tx: Transaction, id: string, secret: string): Promise<void> {
  await tablesOf(tx).updateTable('api_key_signature').set({ secret }).where('id', '=', id).execute()
}

function signatureKeyOf(row: SignatureRow): SignatureKey {
  return {
    id: row.id,
    keyId: row.key_id,
    name: row.name,
    algorithm: row.algorithm as SignatureKey['algorithm'],
    publicKey: row.public_key === null ? null : (JSON.parse(row.public_key) as Readonly<Record<string, string>>),
    createdAt: row.created_at,
    createdBy: row.created_by,
  }
}

function tablesOf(within: Within) {
  return within.tables<KeyTables>()
}
