import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Clock } from '../core/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import type { Master } from './master.ts'
import type { Masters } from './masters.ts'
import { type SecretTables, tablesOf } from './tables.ts'

const KEY_BYTES = 32
const ID_BYTES = 9

export type DataKeyRow = SecretTables['secret_data_key']
export type DataKey = {
  readonly id: string
  readonly version: number
  readonly key: KeyObject
  readonly activeAt: number
}

/** Makes the row of a new data key, wrapped by the master key. Its bytes exist nowhere else. */
export function newDataKey(
  master: Master,
  wanted: { purpose: string; version: number; now: number; activeAt: number },
): DataKeyRow {
  const { purpose, version, now, activeAt } = wanted
  const id = randomBytes(ID_BYTES).toString('base64url')
  const wrapped = master.wrap(randomBytes(KEY_BYTES), bindingOf({ id, purpose, version }))
  return { id, purpose, version, wrapped, master: master.id, created_at: now, active_at: activeAt }
}

/** What a wrapped data key belongs to. */
export function bindingOf({ id, purpose, version }: { id: string; purpose: string; version: number }): string[] {
  return ['data key', id, purpose, String(version)]
}

/** @throws when the row is not what the master key once wrapped */
export function unwrapDataKey(master: Master, row: DataKeyRow): Buffer {
  const bytes = master.unwrap(row.wrapped, bindingOf(row))
  if (bytes === null) {
    throw new Error(`The data key "${row.id}" for ${row.purpose} does not open; the database was altered or damaged.`)
  }
  return bytes
}

/** Loads every data key of a purpose, newest first, making the first one when there is none. */
export async function loadDataKeys(
  deps: { store: Store; clock: Clock; masters: Masters },
  purpose: string,
): Promise<DataKey[]> {
  const { store, clock, masters } = deps
  const found = await rowsOf(store, purpose)
  if (found.length > 0) return openAll(masters, found)
  const now = clock.now()
  const first = newDataKey(masters.current(), { purpose, version: 1, now, activeAt: now })
  await store.write((tx) => insertIfFirst(tx, first))
  return openAll(masters, await rowsOf(store, purpose))
}

async function insertIfFirst(tx: Transaction, row: DataKeyRow): Promise<void> {
  await tablesOf(tx)
    .insertInto('secret_data_key')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

function rowsOf(store: Store, purpose: string): Promise<DataKeyRow[]> {
  return tablesOf(store)
    .selectFrom('secret_data_key')
    .selectAll()
    .where('purpose', '=', purpose)
    .orderBy('version', 'desc')
    .execute()
}

async function openAll(masters: Masters, rows: readonly DataKeyRow[]): Promise<DataKey[]> {
  const keys: DataKey[] = []
  for (const row of rows) {
    const bytes = unwrapDataKey(await masters.byId(row.master), row)
    keys.push({ id: row.id, version: row.version, key: createSecretKey(bytes), activeAt: row.active_at })
  }
  return keys
}
