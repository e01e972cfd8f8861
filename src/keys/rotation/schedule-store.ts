import { sql } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { Key, RotationSchedule } from '../key.ts'
import type { KeyTables, ScheduleRow } from '../tables.ts'
import { firstWake } from './schedule.ts'

/**
 * What was done for the rotation that comes next. It only ever goes on, so a clock that goes back repeats nothing:
 * `waiting` → `noticed` → `last` (the last notice) → `told` (due, and somebody must act). A new due date starts anew.
 */
export const STAGES = ['waiting', 'noticed', 'last', 'told'] as const
export type Stage = (typeof STAGES)[number]

/**
 * Brings the schedule of a key in line with the key, in the transaction that writes the key: every write of a key passes
 * here, so none can leave a schedule behind.
 */
export async function writeSchedule(tx: Transaction, key: Key): Promise<void> {
  const { id, rotation, rotatesAt, rotatedTo, status } = key
  if (rotation === null || rotatesAt === null || rotatedTo !== null || status === 'revoked') return dropSchedule(tx, id)
  const wanted = {
    next_at: rotatesAt,
    wake_at: firstWake(rotation, rotatesAt),
    store: rotation.store?.name ?? null,
    path: rotation.store?.path ?? null,
  }
  await tx
    .tables<KeyTables>()
    .insertInto('key_schedule')
    .values({ key_id: id, ...wanted, stage: 'waiting', attempts: 0, failure: null })
    .onConflict((conflict) =>
      conflict.column('key_id').doUpdateSet({
        ...wanted,
        attempts: 0,
        stage: sql<string>`case when key_schedule.next_at = excluded.next_at then key_schedule.stage else 'waiting' end`,
      }),
    )
    .execute()
}

export async function dropSchedule(tx: Transaction, keyId: string): Promise<void> {
  await tx.tables<KeyTables>().deleteFrom('key_schedule').where('key_id', '=', keyId).execute()
}

/** The key that is placed at a path, other than the one named. */
export async function findByPlace(
  tx: Transaction,
  place: NonNullable<RotationSchedule['store']>,
  except: string | null,
): Promise<string | null> {
  const row = await tx
    .tables<KeyTables>()
    .selectFrom('key_schedule')
    .select('key_id')
    .where('store', '=', place.name)
    .where('path', '=', place.path)
    .where('key_id', '!=', except ?? '')
    .executeTakeFirst()
  return row?.key_id ?? null
}

export async function findSchedule(store: Pick<Store, 'tables'>, keyId: string): Promise<ScheduleRow | null> {
  const query = store.tables<KeyTables>().selectFrom('key_schedule').selectAll().where('key_id', '=', keyId)
  return (await query.executeTakeFirst()) ?? null
}

/** Keys that have something to be done, the longest waiting first, continuing after one. */
export async function findAwake(
  store: Pick<Store, 'tables'>,
  now: number,
  after: ScheduleRow | null,
  limit: number,
): Promise<ScheduleRow[]> {
  let query = store.tables<KeyTables>().selectFrom('key_schedule').selectAll().where('wake_at', '<=', now)
  if (after !== null) {
    query = query.where((it) =>
      it.or([
        it('wake_at', '>', after.wake_at),
        it.and([it('wake_at', '=', after.wake_at), it('key_id', '>', after.key_id)]),
      ]),
    )
  }
  return query.orderBy('wake_at').orderBy('key_id').limit(limit).execute()
}

/** Moves a schedule on if it is still as it was read: of several processes one gets true. */
export async function moveSchedule(
  tx: Transaction,
  from: ScheduleRow,
  to: Partial<Pick<ScheduleRow, 'stage' | 'wake_at' | 'attempts' | 'failure'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .tables<KeyTables>()
    .updateTable('key_schedule')
    .set(to)
    .where('key_id', '=', from.key_id)
    .where('next_at', '=', from.next_at)
    .where('stage', '=', from.stage)
    .where('attempts', '=', from.attempts)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Has the schedule of a key looked at now, such as when the decision it waits for was taken. */
export async function wakeSchedule(tx: Transaction, keyId: string, now: number): Promise<void> {
  await tx.tables<KeyTables>().updateTable('key_schedule').set({ wake_at: now }).where('key_id', '=', keyId).execute()
}

/** Writes down why the rotation of a key did not succeed. @returns the schedule, or null when the key has none any more */
export async function failSchedule(tx: Transaction, keyId: string, failure: string): Promise<ScheduleRow | null> {
  const row = await tx
    .tables<KeyTables>()
    .updateTable('key_schedule')
    .set({ failure })
    .where('key_id', '=', keyId)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}
