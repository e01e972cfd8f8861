import type { Clock } from '../core/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { bindingOf, newDataKey, unwrapDataKey } from './data-key.ts'
import { type Master, masterOf } from './master.ts'
import type { MasterKeySource } from './master-source.ts'
import { type Masters, masterRow } from './masters.ts'
import { tablesOf } from './tables.ts'

export const TOPIC = 'secrets'

// Longer than a change takes to reach every process, so that nobody meets a value whose data key it has not loaded.
const SETTLE_MS = 10_000

export type Rotation =
  /** New data keys, for one purpose or all, if the newest is at least this old (milliseconds). */
  | { readonly what: 'data'; readonly purpose?: string; readonly olderThan?: number }
  | { readonly what: 'master'; readonly next: MasterKeySource }

type Deps = { readonly store: Store; readonly clock: Clock; readonly masters: Masters }

/**
 * `data`: new seals use a new data key from ten seconds on; old ones still open, and `reseal` renews them.
 * `master`: wraps every data key with the next master key, all in one transaction. No value is touched.
 *
 * @returns how many data keys were made or wrapped again
 */
export function rotate(deps: Deps, rotation: Rotation): Promise<number> {
  return rotation.what === 'data' ? rotateData(deps, rotation) : rotateMaster(deps, rotation.next)
}

async function rotateData(
  { store, clock, masters }: Deps,
  { purpose, olderThan = 0 }: { purpose?: string; olderThan?: number },
): Promise<number> {
  const now = clock.now()
  return store.write(async (tx) => {
    const newest = await newestVersions(tx)
    const due = newest.filter((row) => row.at <= now - olderThan && (purpose ?? row.purpose) === row.purpose)
    for (const row of due) {
      const wanted = { purpose: row.purpose, version: row.version + 1, now, activeAt: now + SETTLE_MS }
      await tablesOf(tx).insertInto('secret_data_key').values(newDataKey(masters.current(), wanted)).execute()
      await tx.announce(TOPIC, row.purpose)
    }
    return due.length
  })
}

function newestVersions(tx: Transaction): Promise<{ purpose: string; version: number; at: number }[]> {
  return tablesOf(tx)
    .selectFrom('secret_data_key')
    .select((row) => ['purpose', row.fn.max('version').as('version'), row.fn.max('created_at').as('at')])
    .groupBy('purpose')
    .execute()
}

async function rotateMaster({ store, clock, masters }: Deps, source: MasterKeySource): Promise<number> {
  const opened = await source.open(null)
  const next = masterOf(opened.bytes)
  const current = masters.current()
  if (next.id === current.id) throw new Error('The next master key is the one in use.')
  const count = await store.write(async (tx) => {
    const version = await versionInUse(tx, current)
    const row = masterRow(source.kind, version + 1, opened, clock.now())
    await tablesOf(tx).insertInto('secret_master').values(row).execute()
    await tx.announce(TOPIC, 'master')
    return wrapAgain(tx, current, next)
  })
  masters.use(next)
  return count
}

async function versionInUse(tx: Transaction, current: Master): Promise<number> {
  const row = await tablesOf(tx)
    .selectFrom('secret_master')
    .select(['version', 'id'])
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row?.id !== current.id) throw new Error('Another process changed the master key meanwhile; start again with it.')
  return row.version
}

async function wrapAgain(tx: Transaction, current: Master, next: Master): Promise<number> {
  const rows = await tablesOf(tx).selectFrom('secret_data_key').selectAll().execute()
  for (const row of rows) {
    const wrapped = next.wrap(unwrapDataKey(current, row), bindingOf(row))
    await tablesOf(tx)
      .updateTable('secret_data_key')
      .set({ wrapped, master: next.id })
      .where('id', '=', row.id)
      .execute()
  }
  return rows.length
}
