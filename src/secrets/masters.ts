import type { Clock } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { type Master, masterOf } from './master.ts'
import type { MasterKeySource, OpenedMaster } from './master-source.ts'
import { type SecretTables, tablesOf } from './tables.ts'

export type MasterRow = SecretTables['secret_master']

/** The master key in use. */
export type Masters = {
  readonly current: () => Master
  /**
   * The master key that sealed a data key. Another process may have changed the master key: its source is then asked
   * again, so a replaced key file is picked up without a restart.
   *
   * @throws when the source no longer gives the key in use
   */
  readonly byId: (id: string) => Promise<Master>
  readonly use: (next: Master) => void
  readonly warnings: readonly string[]
}

/**
 * Opens the master key and holds it against what the database remembers.
 *
 * @throws with a sentence for the operator when it is not the key this database was sealed with
 */
export async function openMasters(deps: { store: Store; clock: Clock; source: MasterKeySource }): Promise<Masters> {
  const { store, source } = deps
  const first = await readMasters(store)
  const opened = await source.open(first[0] ?? null)
  if (first.length === 0) await remember(deps, opened)
  let current = await agree(await readMasters(store), source, opened)

  async function byId(id: string): Promise<Master> {
    if (id === current.id) return current
    const rows = await readMasters(store)
    current = await agree(rows, source, await source.open(rows[0] ?? null))
    if (id === current.id) return current
    throw new Error('A data key was sealed by another master key than the rest; the database was altered.')
  }

  return Object.freeze({
    current: () => current,
    byId,
    use: (next: Master) => {
      current = next
    },
    warnings: opened.warning === null ? [] : [opened.warning],
  })
}

/** Every master key this database was ever sealed with, the one in use first. */
export function readMasters(store: Pick<Store, 'tables'>): Promise<MasterRow[]> {
  return tablesOf(store).selectFrom('secret_master').selectAll().orderBy('version', 'desc').execute()
}

export function masterRow(kind: string, version: number, opened: OpenedMaster, now: number): MasterRow {
  const { salt, parameters } = opened
  return { version, id: masterOf(opened.bytes).id, kind, salt, parameters, created_at: now }
}

// Of several first starts at once one writes the row; the others then hold their key against it.
async function remember(deps: { store: Store; clock: Clock; source: MasterKeySource }, opened: OpenedMaster) {
  const row = masterRow(deps.source.kind, 1, opened, deps.clock.now())
  await deps.store.write(async (tx) => {
    await tablesOf(tx)
      .insertInto('secret_master')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  })
}

async function agree(rows: readonly MasterRow[], source: MasterKeySource, opened: OpenedMaster): Promise<Master> {
  const row = rows[0]
  if (row === undefined) throw new Error('The database forgot its master key; it was altered.')
  const master = masterOf(opened.bytes)
  if (master.id === row.id) return master
  const again = masterOf((await source.open(row)).bytes)
  if (again.id === row.id) return again
  throw new Error(disagreement(rows, row, master.id))
}

function disagreement(rows: readonly MasterRow[], row: MasterRow, id: string): string {
  const older = rows.find((one) => one.id === id)
  const since = new Date(row.created_at).toISOString()
  if (older === undefined) {
    return `This is not the master key that the database was sealed with (${ORIGINS[row.kind] ?? row.kind}, since ${since}). Give that key back; nothing was changed.`
  }
  return `This master key was replaced on ${since} by version ${row.version} (${ORIGINS[row.kind] ?? row.kind}). Give the new one.`
}

const ORIGINS: Readonly<Record<string, string>> = {
  key: 'given in the environment',
  file: 'given as a file',
  passphrase: 'derived from a passphrase',
  generated: 'generated into master.key in the data directory',
}
