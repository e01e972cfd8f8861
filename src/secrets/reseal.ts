import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../core/index.ts'
import type { Lease, Store, Transaction } from '../store/index.ts'
import type { Shelf } from './box.ts'
import { tablesOf } from './tables.ts'

const LEASE = 'secrets.reseal'
const LEASE_MS = 60_000

/**
 * Seals again one batch of a module's values, in one transaction.
 *
 * @param reseal gives the value sealed with the newest data key
 * @param after where the batch before ended; null at the start
 * @returns where this batch ended, or null when nothing is left
 */
export type Resealer = (
  tx: Transaction,
  reseal: (sealed: string, context: string) => string,
  after: string | null,
) => Promise<string | null>

type Deps = {
  readonly store: Store
  readonly clock: Clock
  readonly shelf: (purpose: string) => Promise<Shelf>
  readonly resealers: ReadonlyMap<string, Resealer>
}

/**
 * Seals everything again that an older data key still seals. Where it stands is written with each batch, so whoever
 * comes next goes on from there; one process at a time does it.
 *
 * @returns the purposes that were finished by this call
 */
export function resealAll(deps: Deps): Promise<string[]> {
  return deps.store.across('values of all organizations are sealed again', () => resealEach(deps))
}

async function resealEach(deps: Deps): Promise<string[]> {
  const lease = await deps.store.leases.take(LEASE, LEASE_MS)
  if (lease === null) return []
  const finished: string[] = []
  try {
    for (const [purpose, resealer] of deps.resealers) {
      if (await resealPurpose(deps, lease, purpose, resealer)) finished.push(purpose)
    }
  } finally {
    await lease.release()
  }
  return finished
}

async function resealPurpose(deps: Deps, lease: Lease, purpose: string, resealer: Resealer): Promise<boolean> {
  const shelf = await deps.shelf(purpose)
  const { version } = shelf.current()
  if (version === 1 || (await isDone(deps.store, purpose, version))) return false
  for (;;) {
    if (!(await lease.renew())) return false
    const position = await deps.store.write((tx) => batch(deps.clock, tx, { purpose, version, shelf, resealer }))
    if (position === null) return true
    await nextTurn()
  }
}

type Work = {
  readonly purpose: string
  readonly version: number
  readonly shelf: Shelf
  readonly resealer: Resealer
}

async function batch(clock: Clock, tx: Transaction, work: Work): Promise<string | null> {
  const { purpose, version, shelf, resealer } = work
  const row = await tablesOf(tx)
    .selectFrom('secret_reseal')
    .selectAll()
    .where('purpose', '=', purpose)
    .executeTakeFirst()
  const position = await resealer(tx, shelf.reseal, row?.version === version ? row.position : null)
  const next = { version, position, done_at: position === null ? clock.now() : null }
  await tablesOf(tx)
    .insertInto('secret_reseal')
    .values({ purpose, ...next })
    .onConflict((conflict) => conflict.column('purpose').doUpdateSet(next))
    .execute()
  return position
}

async function isDone(store: Store, purpose: string, version: number): Promise<boolean> {
  const row = await tablesOf(store)
    .selectFrom('secret_reseal')
    .select(['version', 'done_at'])
    .where('purpose', '=', purpose)
    .executeTakeFirst()
  return row?.version === version && row.done_at !== null
}
