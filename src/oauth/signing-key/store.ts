import type { Store, Transaction } from '../../store/index.ts'
import type { PublicKey, SigningAlgorithm, SigningKeyRecord, SigningKeyState } from './signing-key.ts'

export type SigningKeyRow = {
  id: string
  generation: number
  algorithm: string
  public_jwk: string
  private_key: string
  created_at: number
  state: string
  active_at: number
  retired_at: number | null
  removes_at: number | null
}
type Tables = { signing_key: SigningKeyRow }

/** What every process hears of when a signing key changes its state. */
export const TOPIC = 'signing_key'

/** A signing key that was made here. The private half is sealed. */
export type StoredKey = SigningKeyRecord & {
  readonly source: 'made'
  readonly activeAt: number
  readonly publicJwk: PublicKey
  readonly sealed: string
}

/** All keys there are, newest first. */
export async function readSigningKeys(reads: Pick<Store, 'tables'>): Promise<StoredKey[]> {
  const rows = await tablesOf(reads).selectFrom('signing_key').selectAll().orderBy('generation', 'desc').execute()
  return rows.map(keyOf)
}

/** Lets nobody else change signing keys until this transaction ends. SQLite has one writer anyway. */
export async function holdSigningKeys(tx: Transaction): Promise<void> {
  if (tx.dialect !== 'postgres') return
  await tablesOf(tx).selectFrom('signing_key').select('id').orderBy('generation').forUpdate().execute()
}

/** Stores a new key as the next generation. @returns false when another process was first */
export async function insertSigningKey(tx: Transaction, row: Omit<SigningKeyRow, 'generation'>): Promise<boolean> {
  const { last } = await tablesOf(tx)
    .selectFrom('signing_key')
    .select((it) => it.fn.max('generation').as('last'))
    .executeTakeFirstOrThrow()
  const made = await tablesOf(tx)
    .insertInto('signing_key')
    .values({ ...row, generation: Number(last ?? 0) + 1 })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return made !== undefined
}

/** Moves a key on if it is still in this state. */
export async function moveSigningKey(
  tx: Transaction,
  { id, state }: Pick<StoredKey, 'id' | 'state'>,
  to: Partial<Pick<SigningKeyRow, 'state' | 'active_at' | 'retired_at' | 'removes_at'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('signing_key')
    .set(to)
    .where('id', '=', id)
    .where('state', '=', state)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Destroys a key, its private half with it. */
export async function deleteSigningKey(tx: Transaction, id: string): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx).deleteFrom('signing_key').where('id', '=', id).executeTakeFirst()
  return numDeletedRows === 1n
}

/** Seals every private half again. Signing keys are few: all of them are one batch. */
export async function resealSigningKeys(
  tx: Transaction,
  reseal: (sealed: string, context: string) => string,
): Promise<null> {
  const rows = await tablesOf(tx).selectFrom('signing_key').select(['id', 'private_key']).execute()
  for (const { id, private_key } of rows) {
    const row = { private_key: reseal(private_key, id) }
    await tablesOf(tx).updateTable('signing_key').set(row).where('id', '=', id).execute()
  }
  return null
}

function tablesOf(reads: Pick<Store, 'tables'>) {
  return reads.tables<Tables>()
}

function keyOf(row: SigningKeyRow): StoredKey {
  return {
    id: row.id,
    algorithm: row.algorithm as SigningAlgorithm,
    state: row.state as SigningKeyState,
    source: 'made',
    createdAt: row.created_at,
    activeAt: row.active_at,
    retiredAt: row.retired_at,
    removesAt: row.removes_at,
    publicJwk: JSON.parse(row.public_jwk) as PublicKey,
    sealed: row.private_key,
  }
}
