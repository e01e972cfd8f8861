import { missingPermissions } from '../../access/index.ts'
import type { Caller, Problem } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Key, RotationSchedule } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { nextRotation, scheduleFaults } from './schedule.ts'
import { findByPlace } from './schedule-store.ts'
import type { RotationSurroundings } from './surroundings.ts'

type Scheduled = Pick<Key, 'rotation' | 'expiresAt'>
type Around = {
  readonly places: RotationSurroundings['places']
  readonly now: number
  /** How long a key of this class and owner lives, in days. */
  readonly lifeDays: number
}

/** What is wrong with the schedule of a new key, or null. */
export function scheduleProblem(key: Scheduled, around: Around, caller: Caller): Problem | null {
  const errors = scheduleFaults({ ...key, rotatesAt: nextRotation(key, around.now) }, around)
  if (errors.length > 0) return refuseHttp('INPUT_INVALID', { errors })
  return key.rotation?.store ? placeGrant(caller) : null
}

/**
 * What a change makes wrong about a key's schedule, or null. A change of other things is not held up by a store that was
 * taken out of the configuration meanwhile.
 */
export function changedScheduleProblem(
  before: Key,
  after: Scheduled & Pick<Key, 'rotatesAt' | 'classification'>,
  around: Around,
  caller: Caller,
): Problem | null {
  const { rotation, expiresAt, classification } = after
  const untouched = expiresAt === before.expiresAt && classification === before.classification
  if (rotation === before.rotation && untouched) return null
  const kept = samePlace(rotation, before.rotation)
  const checked = kept && rotation !== null ? { ...after, rotation: { ...rotation, store: null } } : after
  const errors = scheduleFaults(checked, around)
  if (errors.length > 0) return refuseHttp('INPUT_INVALID', { errors })
  return rotation?.store && !kept ? placeGrant(caller) : null
}

/** Two keys placed at one path would overwrite each other. */
export async function placeProblem(
  tx: Transaction,
  keyId: string | null,
  rotation: RotationSchedule | null,
): Promise<Problem | null> {
  if (!rotation?.store) return null
  const other = await findByPlace(tx, rotation.store, keyId)
  if (other === null) return null
  const message = `another key (${other}) is placed there`
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'rotation.store.path', message }] })
}

// Whoever names a path overwrites what lies there, which may be another's.
function placeGrant(caller: Caller): Problem | null {
  if (missingPermissions(caller.principal.permissions, ['keys:manage']).length === 0) return null
  const message = 'needs the permission keys:manage, because what lies at the path is overwritten'
  return refuseKey('GRANT_EXCEEDED', { errors: [{ path: 'rotation.store', message }] })
}

function samePlace(one: RotationSchedule | null, other: RotationSchedule | null): boolean {
  return one?.store?.name === other?.store?.name && one?.store?.path === other?.store?.path
}
