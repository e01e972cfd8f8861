import { sql } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'
import { readTables } from './store.ts'
import type { KeyTables } from './tables.ts'
import type { QuotaState, UsageDelta, UsageSink } from './usage.ts'

const HOUR = 3_600_000
/** Keys written by one statement. */
const AT_ONCE = 100
/** Hours are kept a little over two months, so that "this month" and the month before are whole. */
const HOURS_KEPT = 63 * 24 * HOUR

/** The counters of uses on the store. */
export function createUsageSink(store: Store): UsageSink {
  const write: UsageSink['write'] = (deltas) =>
    store.write(async (tx) => {
      for (let at = 0; at < deltas.length; at += AT_ONCE) await addUses(tx, deltas.slice(at, at + AT_ONCE))
      const states = new Map<string, QuotaState>()
      for (const { keyId, quota } of deltas) {
        if (quota !== null) states.set(keyId, await addToQuota(tx, keyId, quota))
      }
      return states
    })

  const quota: UsageSink['quota'] = async (keyId) => {
    const row = await readTables(store)
      .selectFrom('api_key_quota')
      .select(['start', 'used'])
      .where('key_id', '=', keyId)
      .executeTakeFirst()
    return row ?? null
  }

  const consume: UsageSink['consume'] = (keyId, start, max) => store.write((tx) => consumeOne(tx, keyId, start, max))

  return Object.freeze({ write, quota, consume })
}

async function addUses(tx: Transaction, all: readonly UsageDelta[]): Promise<void> {
  const deltas = all.filter(({ uses }) => uses > 0)
  if (deltas.length === 0) return
  const db = tx.tables<KeyTables>()
  await db
    .insertInto('api_key_use')
    .values(
      deltas.map(({ keyId, uses, lastAt, lastAddress }) => ({
        key_id: keyId,
        total: uses,
        last_at: lastAt,
        last_address: lastAddress,
      })),
    )
    .onConflict((conflict) =>
      conflict.column('key_id').doUpdateSet({
        total: sql<number>`api_key_use.total + excluded.total`,
        last_at: sql<number>`excluded.last_at`,
        last_address: sql<string>`excluded.last_address`,
      }),
    )
    .execute()
  await db
    .insertInto('api_key_hour')
    .values(deltas.flatMap(({ keyId, hours }) => [...hours].map(([hour, uses]) => ({ key_id: keyId, hour, uses }))))
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'hour']).doUpdateSet({ uses: sql<number>`api_key_hour.uses + excluded.uses` }),
    )
    .execute()
}

// A row of an earlier period starts anew; uses of an earlier period than the row's change nothing.
async function addToQuota(tx: Transaction, keyId: string, quota: { start: number; uses: number }): Promise<QuotaState> {
  const row = await tx
    .tables<KeyTables>()
    .insertInto('api_key_quota')
    .values({ key_id: keyId, start: quota.start, used: quota.uses })
    .onConflict((conflict) =>
      conflict.column('key_id').doUpdateSet({
        used: sql<number>`case when excluded.start > api_key_quota.start then excluded.used
          when excluded.start = api_key_quota.start then api_key_quota.used + excluded.used
          else api_key_quota.used end`,
        start: sql<number>`case when excluded.start > api_key_quota.start then excluded.start else api_key_quota.start end`,
      }),
    )
    .returning(['start', 'used'])
    .executeTakeFirstOrThrow()
  return row
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

/** Sets old hours aside for good, a bounded number at a time. */
export async function sweepHours(store: Store, now: number): Promise<void> {
  await store.write(async (tx) => {
    await tx
      .tables<KeyTables>()
      .deleteFrom('api_key_hour')
      .where('hour', '<', now - HOURS_KEPT)
      .execute()
  })
}

export type UsageReport = {
  readonly total: number
  readonly hour: number
  readonly day: number
  readonly month: number
  readonly lastUsedAt: number | null
  readonly lastUsedFrom: string | null
  readonly quotaUsed: number
}

/** What is on record of a key's uses. Uses of the last flush interval are not in it yet. */
export async function readUsage(
  store: Store,
  keyId: string,
  periods: { hour: number; day: number; month: number; quota: number },
): Promise<UsageReport> {
  const db = readTables(store)
  const use = await db.selectFrom('api_key_use').selectAll().where('key_id', '=', keyId).executeTakeFirst()
  const since = (start: number) => sql<number>`coalesce(sum(case when hour >= ${start} then uses else 0 end), 0)`
  const sums = await db
    .selectFrom('api_key_hour')
    .select([since(periods.hour).as('hour'), since(periods.day).as('day'), since(periods.month).as('month')])
    .where('key_id', '=', keyId)
    .executeTakeFirstOrThrow()
  const quota = await db
    .selectFrom('api_key_quota')
    .select(['start', 'used'])
    .where('key_id', '=', keyId)
    .executeTakeFirst()
  return {
    total: use?.total ?? 0,
    hour: Number(sums.hour),
    day: Number(sums.day),
    month: Number(sums.month),
    lastUsedAt: use?.last_at ?? null,
    lastUsedFrom: use?.last_address ?? null,
    quotaUsed: quota !== undefined && quota.start >= periods.quota ? quota.used : 0,
  }
}
