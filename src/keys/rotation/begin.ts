import { type Caller, createId, done, type Problem, type Result, refused, type Secret } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { insertNew } from '../create.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { findKeyToChange } from '../store.ts'
import type { ScheduleRow } from '../tables.ts'
import type { Approval } from './approval.ts'
import { retryAfter } from './backoff.ts'
import { type Replacement, rotationOf } from './replace.ts'
import type { RotationRecord } from './rotation.ts'
import { rotationConflict } from './rotation-conflict.ts'
import { insertRotation } from './rotation-store.ts'
import { GRACE } from './schedule.ts'
import { moveSchedule } from './schedule-store.ts'
import { successorOf } from './successor.ts'
import { systemCaller } from './system-caller.ts'

/** A rotation that was begun: the new key exists, its text is only here, and the old one is untouched. */
export type Begun = {
  readonly rotation: Omit<RotationRecord, 'chain'>
  readonly text: Secret
}

/**
 * Begins a rotation by schedule: makes the new key, which works from now on so that whoever reads the secret store early
 * is not turned away, and names the time of the next attempt should this process end here. The schedule and the key are
 * held and compared, so however many processes try, one begins.
 *
 * @returns the rotation, or why there is nothing to begin any more
 */
export function begin(
  deps: KeyDeps,
  schedule: ScheduleRow,
  key: Key,
  approval: Approval | null,
): Promise<Result<Begun>> {
  return deps.store.write((tx) => beginWithin(deps, tx, schedule, { key, approval }))
}

async function beginWithin(
  deps: KeyDeps,
  tx: Transaction,
  schedule: ScheduleRow,
  { key: seen, approval }: { key: Key; approval: Approval | null },
): Promise<Result<Begun>> {
  const now = deps.clock.now()
  const key = await findKeyToChange(tx, seen.id, { organization: seen.organization, ownerId: null })
  if (key === null || key.version !== seen.version || key.rotation?.store == null) return refused(movedOn())
  const conflict = await rotationConflict(tx, key, now)
  if (conflict !== null) return refused(conflict)
  const attempt = schedule.attempts + 1
  const next = { attempts: attempt, wake_at: retryAfter(attempt, now) }
  if (!(await moveSchedule(tx, schedule, next))) return refused(movedOn())
  const wish = { id: createId('key', now), kind: 'scheduled', graceMs: GRACE, reason: null, approval } as const
  return beginPlacing(deps, tx, key, wish, systemCaller(key))
}

/**
 * Makes the successor of a key that is held by this transaction and has a secret store. The old key is untouched, and
 * nobody else can rotate it until this rotation has ended.
 */
export async function beginPlacing(
  deps: KeyDeps,
  tx: Transaction,
  key: Key,
  wish: Replacement,
  caller: Caller,
): Promise<Result<Begun>> {
  const now = deps.clock.now()
  const heir = await successorOf(deps, tx, key, wish.id, now)
  if (!heir.ok) return heir
  const rotation = { ...(await rotationOf(tx, key, wish, now, caller)), store: key.rotation?.store ?? null }
  await insertRotation(tx, rotation)
  const { secret } = await insertNew(deps, tx, heir.value, now, caller)
  if (secret === null) throw new Error('a new key came without its text')
  return done({ rotation, text: secret })
}

function movedOn(): Problem {
  return refuseKey('ROTATION_UNDER_WAY', { detail: 'The key or its schedule changed meanwhile.' })
}
