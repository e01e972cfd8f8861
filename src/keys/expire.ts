import type { Kysely } from 'kysely'
import type { Audit } from '../audit/index.ts'
import type { Clock, EventInput } from '../core/index.ts'
import { type Store, startChore, startWatch, type Transaction } from '../store/index.ts'
import type { KeyTables } from './tables.ts'

type Deps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

/** The end of one key, and where telling stands after it. */
type End = {
  readonly id: string
  readonly organization: string
  readonly name: string
  readonly owner_id: string
  readonly expires_at: number
}
type Position = { readonly told_until: number | null; readonly key_id: string }

const LOOK_EVERY = 2_000
const SELDOM = 3_600_000
const LEASE_MS = 60_000
const BATCH = 200
// Clocks of nodes differ: what another node just gave an end must not lie before what was told already.
const SKEW_MS = 5_000

/**
 * Tells the end of each key once: time ends a key without anybody doing anything, so somebody has to look. Events and
 * position are one transaction.
 */
export function startExpiry(deps: Deps): { readonly stop: () => Promise<void> } {
  const { store, onError } = deps
  const chore = startChore({
    leases: store.leases,
    name: 'keys.expiry',
    every: SELDOM,
    lease: LEASE_MS,
    work: async (held) => {
      for (let more = true; more && (await held()); ) more = await tellEnds(deps)
    },
    onError,
  })
  const watch = startWatch({ every: LOOK_EVERY, look: () => isSomethingOver(deps), work: chore.run, onError })
  watch.nudge()
  return Object.freeze({
    stop: async () => {
      await Promise.all([watch.stop(), chore.stop()])
    },
  })
}

async function isSomethingOver({ store, clock }: Deps): Promise<boolean> {
  const db = store.tables<KeyTables>()
  const position = await positionIn(db)
  return position.told_until === null || (await endsAfter(db, position, clock.now() - SKEW_MS, 1)).length > 0
}

/** Tells one batch. @returns whether there may be more */
async function tellEnds({ store, audit, clock }: Deps): Promise<boolean> {
  return store.write(async (tx) => {
    const db = tx.tables<KeyTables>()
    const until = clock.now() - SKEW_MS
    const from = await positionIn(db)
    // What was over before anybody looked is not told: nobody was there to be told.
    if (from.told_until === null) return !(await move(tx, from, { told_until: until, key_id: '' }))
    const ends = await endsAfter(db, from, until, BATCH)
    const last = ends.at(-1)
    if (last === undefined) return false
    if (!(await move(tx, from, { told_until: last.expires_at, key_id: last.id }))) return false
    for (const end of ends) await audit.append(tx, eventOf(end))
    return ends.length === BATCH
  })
}

async function positionIn(db: Kysely<KeyTables>): Promise<Position> {
  return db.selectFrom('key_expiry').select(['told_until', 'key_id']).executeTakeFirstOrThrow()
}

async function endsAfter(db: Kysely<KeyTables>, from: Position, until: number, most: number): Promise<End[]> {
  const after = from.told_until ?? 0
  return (
    db
      .selectFrom('api_key')
      .select(['id', 'organization', 'name', 'owner_id', 'expires_at'])
      .where('expires_at', '>=', after)
      .where('expires_at', '<=', until)
      .where((eb) => eb.or([eb('expires_at', '>', after), eb('id', '>', from.key_id)]))
      // A revoked key was ended by somebody, who was told of then.
      .where('status', '<>', 'revoked')
      .orderBy('expires_at')
      .orderBy('id')
      .limit(most)
      .execute()
  )
}

async function move(tx: Transaction, from: Position, to: Position): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .tables<KeyTables>()
    .updateTable('key_expiry')
    .set(to)
    .where('told_until', from.told_until === null ? 'is' : '=', from.told_until)
    .where('key_id', '=', from.key_id)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

function eventOf({ id, organization, name, owner_id: owner, expires_at: at }: End): EventInput {
  const details = { name, owner, expiredAt: new Date(at).toISOString() }
  return { type: 'key.expired', outcome: 'success', organization, resource: id, details }
}
