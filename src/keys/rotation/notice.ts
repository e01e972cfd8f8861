import { actorOf } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key, RotationSchedule } from '../key.ts'
import type { ScheduleRow } from '../tables.ts'
import { mailOwner, placeOf } from './contacts.ts'
import { requestScheduled } from './request-scheduled.ts'
import { DAY } from './schedule.ts'
import { moveSchedule, STAGES, type Stage } from './schedule-store.ts'
import { systemCaller } from './system-caller.ts'

/** What should have been told by now about a rotation that is not due yet. */
export function stageAt(rotation: RotationSchedule, dueAt: number, now: number): Stage {
  if (rotation.notice === 0 || now < dueAt - rotation.notice * DAY) return 'waiting'
  return now < dueAt - DAY ? 'noticed' : 'last'
}

/** When there is something to be done next after a stage. */
export function wakeAfter(stage: Stage, { notice }: RotationSchedule, dueAt: number): number {
  if (stage === 'waiting') return dueAt - notice * DAY
  return stage === 'noticed' ? dueAt - DAY : dueAt
}

/**
 * Tells the owner that a rotation comes near, each time exactly once however many processes try: the stage only goes on,
 * by compare-and-set, in the transaction that writes mail and Event. Where the class needs an approval it is asked for
 * now, so that there is time to decide.
 */
export async function giveNotice(deps: KeyDeps, tx: Transaction, schedule: ScheduleRow, key: Key): Promise<void> {
  const { rotation } = key
  if (rotation === null) return
  const now = deps.clock.now()
  const dueAt = schedule.next_at
  const reached = stageAt(rotation, dueAt, now)
  const fresh = STAGES.indexOf(reached) > STAGES.indexOf(schedule.stage as Stage)
  const stage = fresh ? reached : (schedule.stage as Stage)
  if (!(await moveSchedule(tx, schedule, { stage, wake_at: wakeAfter(stage, rotation, dueAt) })) || !fresh) return
  const days = Math.ceil((dueAt - now) / DAY)
  await mailNotice(deps, tx, key, { stage, days, dueAt })
  await deps.audit.append(tx, {
    ...actorOf(systemCaller(key)),
    type: 'key.rotation_notice',
    outcome: 'success',
    resource: key.id,
    details: { dueAt, daysLeft: days, store: rotation.store?.name ?? null },
  })
  await requestScheduled(deps, tx, key, dueAt)
}

function mailNotice(
  deps: KeyDeps,
  tx: Transaction,
  key: Key,
  { stage, days, dueAt }: { stage: Stage; days: number; dueAt: number },
): Promise<void> {
  const date = new Date(dueAt).toISOString()
  const how = howOf(deps, key)
  const place = placeOf(key.rotation?.store)
  return stage === 'last'
    ? mailOwner(deps, tx, key, 'rotation_due_today', { date, how, place })
    : mailOwner(deps, tx, key, 'rotation_due_soon', { days, date, how, place })
}

function howOf(deps: KeyDeps, { rotation, classification }: Key) {
  if (!rotation?.store) return 'by_hand'
  return deps.rotation.approval.includes(classification) ? 'by_itself_once_approved' : 'by_itself'
}
