import { actorOf, type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { moveWithin } from '../change.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { findKeyToChange, holdKeys } from '../store.ts'
import { moveApproval } from './approval-store.ts'
import { mailOwner, placeOf } from './contacts.ts'
import { ending, graceEnd, mailEmergency, tellEmergency } from './replace.ts'
import type { RotationRecord } from './rotation.ts'
import { moveRotation } from './rotation-store.ts'
import { handedOn, successorOf } from './successor.ts'
import { systemCaller } from './system-caller.ts'

type Placed = Omit<RotationRecord, 'chain'>

/**
 * Ends a rotation whose new key lies in the secret store: both keys name each other, and the old one gets its
 * grace. What was changed about the old key while the new one was placed goes over to the new one.
 *
 * @param caller whoever asked, or the schedule
 * @param previous the version under which the store keeps what lay there before; null when that is not known
 * @returns a refusal when the old key was rotated or revoked meanwhile, or the new one revoked
 */
export function link(deps: KeyDeps, rotation: Placed, previous: string | null, caller: Caller): Promise<Result<Key>> {
  return deps.store.write((tx) => linkWithin(deps, tx, rotation, previous, caller))
}

async function linkWithin(
  deps: KeyDeps,
  tx: Transaction,
  rotation: Placed,
  previous: string | null,
  caller: Caller,
): Promise<Result<Key>> {
  const now = deps.clock.now()
  const reach = { organization: rotation.organization, ownerId: null }
  await holdKeys(tx, [rotation.from, rotation.to])
  const old = await findKeyToChange(tx, rotation.from, reach)
  const heir = await findKeyToChange(tx, rotation.to, reach)
  if (old === null || heir === null || !canLink(old, heir)) return refused(movedOn())
  const graceEndsAt = graceEnd(old, now, rotation.graceMs)
  const moved = { state: 'rotated', grace_ends_at: graceEndsAt, previous } as const
  if (!(await moveRotation(tx, rotation.id, 'placing', moved))) return refused(movedOn())
  await useGiven(tx, rotation, now)
  await mailOwner(deps, tx, old, 'key_rotated', {
    newKeyId: heir.id,
    place: placeOf(rotation.store),
    graceEnds: new Date(graceEndsAt).toISOString(),
  })
  if (rotation.kind === 'emergency') await mailEmergency(deps, tx, old, rotation)
  const linked = await moveWithin(deps, tx, { id: old.id, version: old.version }, caller, ending(rotation, graceEndsAt))
  if (!linked.ok) return linked
  const caught = await catchUp(deps, tx, old, heir, now)
  if (!caught.ok) return caught
  await tellUse(deps, tx, rotation, caller)
  if (rotation.kind === 'emergency') await tellEmergency(deps, tx, old, rotation, caller)
  return caught
}

function canLink(old: Key, heir: Key): boolean {
  return old.rotatedTo === null && old.status !== 'revoked' && heir.status !== 'revoked'
}

async function catchUp(deps: KeyDeps, tx: Transaction, old: Key, heir: Key, now: number): Promise<Result<Key>> {
  const wanted = await successorOf(deps, tx, old, heir.id, now)
  if (!wanted.ok) return wanted
  const { id: _id, rotatedFrom: _from, expiresAt: _ends, ...properties } = wanted.value
  const changes = Object.entries(properties).filter(([name, value]) => !same(value, handedOn(heir)[name as 'name']))
  if (changes.length === 0) return done(heir)
  const fields = changes.map(([name]) => name).sort()
  return moveWithin(deps, tx, { id: heir.id, version: heir.version }, systemCaller(old), () => ({
    next: Object.fromEntries(changes),
    event: { type: 'key.changed', outcome: 'success', details: { fields: fields.join(' ') } },
  }))
}

// Stored as JSON, so equal as JSON is equal.
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

// It was good when the rotation began: what lapsed while the new key was placed would leave it placed and dead.
async function useGiven(tx: Transaction, { approval, at, to }: Placed, now: number): Promise<void> {
  if (approval === null) return
  await moveApproval(tx, approval, 'approved', at, { state: 'used', used_at: now, result: to })
}

async function tellUse(deps: KeyDeps, tx: Transaction, { approval, from, to }: Placed, caller: Caller): Promise<void> {
  if (approval === null) return
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: 'approval.used',
    outcome: 'success',
    resource: approval,
    details: { action: 'key.rotate', for: from, result: to },
  })
}

function movedOn(): Problem {
  return refuseKey('ROTATION_UNDER_WAY', { detail: 'The key was rotated or revoked while its successor was placed.' })
}
