import { sql } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'
import { type Columns, type Row, writeMany } from './bulk.ts'
import { periodStart } from './key.ts'
import { readTables } from './store.ts'
import type { KeyTables } from './tables.ts'
import type { QuotaState, UsageDelta, UsageSink } from './usage.ts'

/** The counters of uses on the store. */
export function createUsageSink(store: Store): UsageSink {
  const counting = <R>(work: () => R) => store.across('uses of all keys are counted together', work)

  const write: UsageSink['write'] = (deltas) =>
    counting(() =>
      store.write(async (tx) => {
        await addUses(tx, deltas)
        return addToQuotas(tx, deltas)
      }),
    )

  const quota: UsageSink['quota'] = async (keyId) => {
    const query = readTables(store).selectFrom('api_key_quota').select(['start', 'used']).where('key_id', '=', keyId)
    return (await counting(() => query.executeTakeFirst())) ?? null
  }

  const consume: UsageSink['consume'] = (keyId, start, max) =>
    counting(() => store.write((tx) => consumeOne(tx, keyId, start, max)))

  return Object.freeze({ write, quota, consume })
}

const USE_COLUMNS: Columns = {
  key_id: 'text',
  uses: 'bigint',
  last_at: 'bigint',
  last_address: 'text',
  hour: 'bigint',
  day: 'bigint',
  month: 'bigint',
}
const PERIODS = ['hour', 'day', 'month'] as const

// Of two periods the later one counts: uses of an earlier one than the row's are in the total alone.
const ADD_TO_PERIODS = PERIODS.map(
  (it) => `${it}_uses = case when excluded.${it}_start > api_key_use.${it}_start then excluded.${it}_uses
    when excluded.${it}_start = api_key_use.${it}_start then api_key_use.${it}_uses + excluded.${it}_uses
    else api_key_use.${it}_uses end,
    ${it}_start = case when excluded.${it}_start > api_key_use.${it}_start then excluded.${it}_start
    else api_key_use.${it}_start end`,
).join(', ')

const addUsesOf = (given: string) => `insert into api_key_use
  (key_id, total, last_at, last_address, hour_start, hour_uses, day_start, day_uses, month_start, month_uses)
  select key_id, uses, last_at, last_address, hour, uses, day, uses, month, uses from ${given} where true
  on conflict (key_id) do update set total = api_key_use.total + excluded.total,
    last_address = case when excluded.last_at >= coalesce(api_key_use.last_at, 0) then excluded.last_address
      else api_key_use.last_address end,
    last_at = case when excluded.last_at >= coalesce(api_key_use.last_at, 0) then excluded.last_at
      else api_key_use.last_at end,
    ${ADD_TO_PERIODS}`

async function addUses(tx: Transaction, deltas: readonly UsageDelta[]): Promise<void> {
  const rows: Row[] = []
  // Uses that are written together are nearly always of one hour.
  let [ofHour, day, month] = [-1, 0, 0]
  for (const { keyId, uses, lastAt, lastAddress, hour } of deltas) {
    if (uses === 0) continue
    if (hour !== ofHour) [ofHour, day, month] = [hour, periodStart('day', hour), periodStart('month', hour)]
    rows.push([keyId, uses, lastAt, lastAddress, hour, day, month])
  }
  await writeMany(tx, USE_COLUMNS, rows, addUsesOf)
}

const QUOTA_COLUMNS: Columns = { key_id: 'text', start: 'bigint', used: 'bigint' }

// A row of an earlier period starts anew; uses of an earlier period than the row's change nothing.
const addToQuotasOf = (given: string) => `insert into api_key_quota (key_id, start, used)
  select key_id, start, used from ${given} where true
  on conflict (key_id) do update set
    used = case when excluded.start > api_key_quota.start then excluded.used
      when excluded.start = api_key_quota.start then api_key_quota.used + excluded.used
      else api_key_quota.used end,
    start = case when excluded.start > api_key_quota.start then excluded.start else api_key_quota.start end
  returning key_id, start, used`

async function addToQuotas(tx: Transaction, deltas: readonly UsageDelta[]): Promise<ReadonlyMap<string, QuotaState>> {
  const rows = deltas.flatMap(({ keyId, quota }) => (quota === null ? [] : [[keyId, quota.start, quota.uses]]))
  const states = await writeMany<QuotaState & { key_id: string }>(tx, QUOTA_COLUMNS, rows, addToQuotasOf)
  return new Map(states.map(({ key_id, start, used }) => [key_id, { start, used }]))
}

// One statement: either this use fits and is charged, or no row comes back.
async function consumeOne(tx: Transaction, keyId: string, start: number, max: number): Promise<boolean> {
  const row = await tx
    .tables<KeyTables>()
    .insertInto('api_key_quota')
    .values({ key_id: keyId, start, used: 1 })
    .onConflict((conflict) =>
      conflict
        .column('key_id')
        .doUpdateSet({
          used: sql<number>`case when excluded.start > api_key_quota.start then 1 else api_key_quota.used + 1 end`,
          start: sql<number>`case when excluded.start > api_key_quota.start then excluded.start else api_key_quota.start end`,
        })
        .where(sql<boolean>`excluded.start > api_key_quota.start or api_key_quota.used < ${max}`),
    )
    .returning('used')
    .executeTakeFirst()
  return row !== undefined
}

/** Forgets what a key used of its quota. */
export async function resetQuota(tx: Transaction, keyId: string): Promise<void> {
  await tx.tables<KeyTables>().deleteFrom('api_key_quota').where('key_id', '=', keyId).execute()
}

/** The uses of a key: every time it was let through, whichever door it came by. */
export type Uses = {
  readonly total: number
  readonly hour: number
  readonly day: number
  readonly month: number
  readonly lastUsedAt: number | null
  readonly lastUsedFrom: string | null
  readonly quotaUsed: number
}

/**
 * What is on record of a key's uses. Uses of the last flush interval are not in it yet.
 *
 * @param periods where the running hour, day, month and the period of the usage limit begin, milliseconds
 */
export async function readUses(
  store: Pick<Store, 'tables'>,
  keyId: string,
  periods: { hour: number; day: number; month: number; quota: number },
): Promise<Uses> {
  const db = readTables(store)
  const use = await db.selectFrom('api_key_use').selectAll().where('key_id', '=', keyId).executeTakeFirst()
  const quota = await db
    .selectFrom('api_key_quota')
    .select(['start', 'used'])
    .where('key_id', '=', keyId)
    .executeTakeFirst()
  return {
    total: use?.total ?? 0,
    hour: use !== undefined && use.hour_start >= periods.hour ? use.hour_uses : 0,
    day: use !== undefined && use.day_start >= periods.day ? use.day_uses : 0,
    month: use !== undefined && use.month_start >= periods.month ? use.month_uses : 0,
    lastUsedAt: use?.last_at ?? null,
    lastUsedFrom: use?.last_address ?? null,
    quotaUsed: quota !== undefined && quota.start >= periods.quota ? quota.used : 0,
  }
}
