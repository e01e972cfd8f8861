import { actorOf } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import { type Key, statusAt } from '../key.ts'
import { findKeyToChange } from '../store.ts'
import type { KeyTables, ScheduleRow } from '../tables.ts'
import type { Approval } from './approval.ts'
import { mailOwner } from './contacts.ts'
import { giveNotice } from './notice.ts'
import { requestScheduled } from './request-scheduled.ts'
import { dropSchedule, moveSchedule } from './schedule-store.ts'
import { systemCaller } from './system-caller.ts'

const HOUR = 3_600_000

/** A rotation that may be done now. */
export type Ready = { readonly key: Key; readonly approval: Approval | null }

/**
 * Does what a key with a schedule has waited for, short of the rotation itself: a notice, a reminder, the request for an
 * approval. The key is held meanwhile and the schedule compared, so however many processes look, each thing is done once.
 *
 * @returns the rotation that is due and may be done, or null
 */
export function lookAt(deps: KeyDeps, schedule: ScheduleRow): Promise<Ready | null> {
  return deps.store.write(async (tx) => {
    const key = await holdKey(tx, schedule.key_id)
    const now = deps.clock.now()
    const status = key === null ? 'revoked' : statusAt(key, now)
    if (key === null || status === 'revoked' || status === 'expired') {
      await dropSchedule(tx, schedule.key_id)
      return null
    }
    if (status === 'suspended') return sleep(tx, schedule, now + HOUR)
    if (now < schedule.next_at) {
      await giveNotice(deps, tx, schedule, key)
      return null
    }
    return atDue(deps, tx, schedule, key)
  })
}

async function atDue(deps: KeyDeps, tx: Transaction, schedule: ScheduleRow, key: Key): Promise<Ready | null> {
  if (!key.rotation?.store) return remind(deps, tx, schedule, key)
  const leave = await requestScheduled(deps, tx, key, schedule.next_at)
  if (leave.is === 'waiting') return sleep(tx, schedule, leave.until)
  // Whoever wants it after all rotates by hand, or changes the schedule.
  if (leave.is === 'rejected') return sleep(tx, schedule, null)
  return { key, approval: leave.is === 'given' ? leave.approval : null }
}

// A new key could be shown to nobody, so there is none until somebody asks for it.
async function remind(deps: KeyDeps, tx: Transaction, schedule: ScheduleRow, key: Key): Promise<null> {
  if (!(await moveSchedule(tx, schedule, { stage: 'told', wake_at: null })) || schedule.stage === 'told') return null
  const dueAt = schedule.next_at
  await mailOwner(deps, tx, key, 'rotation_overdue', { date: new Date(dueAt).toISOString() })
  await deps.audit.append(tx, {
    ...actorOf(systemCaller(key)),
    type: 'key.rotation_due',
    outcome: 'success',
    resource: key.id,
    details: { dueAt },
  })
  return null
}

async function sleep(tx: Transaction, schedule: ScheduleRow, until: number | null): Promise<null> {
  await moveSchedule(tx, schedule, { wake_at: until })
  return null
}

async function holdKey(tx: Transaction, id: string): Promise<Key | null> {
  const row = await tx
    .tables<KeyTables>()
    .selectFrom('api_key')
    .select('organization')
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : findKeyToChange(tx, id, { organization: row.organization, ownerId: null })
}
