import type { Transaction } from '../../store/index.ts'
import { type RecoveryRow, type Tables, tablesOf } from '../tables.ts'
import type { Recovery } from './recovery.ts'

function recoveryOf(row: RecoveryRow): Recovery {
  return {
    id: row.id,
    personId: row.person_id,
    organization: row.organization,
    reason: JSON.parse(row.rest).reason,
    createdAt: row.created_at,
    createdBy: row.created_by,
    readyAt: row.ready_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  }
}

export async function insertRecovery(tx: Transaction, recovery: Recovery): Promise<void> {
  await tablesOf(tx)
    .insertInto('recovery')
    .values({
      id: recovery.id,
      person_id: recovery.personId,
      organization: recovery.organization,
      created_at: recovery.createdAt,
      created_by: recovery.createdBy,
      ready_at: recovery.readyAt,
      expires_at: recovery.expiresAt,
      ended_at: recovery.endedAt,
      rest: JSON.stringify({ reason: recovery.reason }),
    })
    .execute()
}

/** The recovery of somebody that is under way; there is never more than one. */
export async function openRecoveryOf(db: Tables, personId: string, now: number): Promise<Recovery | null> {
  const row = await db
    .selectFrom('recovery')
    .selectAll()
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row === undefined ? null : recoveryOf(row)
}

/** Ends a recovery that is under way: of many at once one does. */
export async function endRecovery(tx: Transaction, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('recovery')
    .set({ ended_at: now })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Deletes what was over before a moment. */
export async function deleteOldRecoveries(tx: Transaction, before: number): Promise<void> {
  await tablesOf(tx).deleteFrom('recovery').where('expires_at', '<=', before).execute()
}
