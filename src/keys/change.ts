import { missingPermissions } from '../access/index.ts'
import { actorOf, type Caller, done, type EventInput, type Problem, type Result, refused } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import type { Transaction } from '../store/index.ts'
import { expiryProblem, lifeDays, placeTakenProblem, takesPlace } from './classification.ts'
import type { KeyDeps } from './deps.ts'
import { findKeyOwner } from './find-owner.ts'
import { grantProblem, ownerProblem, together } from './grants.ts'
import { type Key, type StoredStatus, statusAt } from './key.ts'
import type { KeyOwner } from './owner.ts'
import { refuseKey } from './problems.ts'
import { type KeyProperties, propertiesProblem } from './properties.ts'
import { changedScheduleProblem, placeProblem } from './rotation/check-schedule.ts'
import { rotationAfter } from './rotation/schedule.ts'
import { findKeyToChange, updateKey } from './store.ts'
import type { KeyTables } from './tables.ts'
import { reachOf } from './verify/reach.ts'

export type KeyChange = Partial<KeyProperties> & { readonly status?: Extract<StoredStatus, 'active' | 'inactive'> }
/** Which key, and the version that may be changed; null for whatever it is now. */
export type Target = { readonly id: string; readonly version: number | null }

/** What a change makes of a key, or why it cannot. `null` means: it is so already, and nothing is written. */
export type Move = (
  key: Key,
  now: number,
) => { readonly next: Partial<Key>; readonly event: EventInput } | Problem | null

/**
 * Reads, decides, writes by compare-and-set and tells the Event, in one transaction. Every change of a stored key goes
 * through here, so none is without its Event and none is lost to another.
 */
export async function moveKey(deps: KeyDeps, target: Target, caller: Caller, move: Move): Promise<Result<Key>> {
  return deps.store.write((tx) => moveWithin(deps, tx, target, caller, move))
}

export async function moveWithin(
  deps: KeyDeps,
  tx: Transaction,
  target: Target,
  caller: Caller,
  move: Move,
): Promise<Result<Key>> {
  const now = deps.clock.now()
  const key = await findKeyToChange(tx, target.id, reachOf(caller))
  if (key === null) return refused(refuseKey('KEY_UNKNOWN'))
  if (target.version !== null && target.version !== key.version) return refused(refuseHttp('VERSION_STALE'))
  const outcome = move(key, now)
  if (outcome === null) return done(key)
  if ('code' in outcome && 'title' in outcome) return refused(outcome)
  const { next, event } = outcome as { next: Partial<Key>; event: EventInput }
  const origin = { at: now, by: caller.principal.id, address: caller.address, userAgent: caller.userAgent }
  const moved: Key = { ...key, ...next, changed: origin, version: key.version + 1 }
  const full = await noPlace(deps, tx, key, moved, now)
  if (full !== null) return refused(full)
  if (!(await updateKey(tx, moved, key.version))) return refused(refuseHttp('VERSION_STALE'))
  await tx.announce('key', key.id)
  await deps.audit.append(tx, { ...actorOf(caller), ...event, resource: key.id })
  return done(moved)
}

// A key that comes back, or into another classification, needs a place like a new one. Its own successor gives it up.
async function noPlace(deps: KeyDeps, tx: Transaction, key: Key, moved: Key, now: number): Promise<Problem | null> {
  if (!takesPlace(moved, now)) return null
  if (takesPlace(key, now) && key.classification === moved.classification) return null
  const owner = await ownerNow(deps, tx, key)
  const except = key.rotatedTo === null ? [key.id] : [key.id, key.rotatedTo]
  return owner === null ? null : placeTakenProblem(deps, tx, owner, { ...moved, except }, now)
}

function ownerNow(deps: KeyDeps, tx: Transaction, key: Key): Promise<KeyOwner | null> {
  return findKeyOwner(deps, tx.tables<KeyTables>(), key.owner, key.organization)
}

/**
 * Changes properties of a key. What is not named stays.
 *
 * Errors: `KEY_UNKNOWN`, `VERSION_STALE`, `INPUT_INVALID`, `GRANT_EXCEEDED`, `KEY_LIMIT_REACHED`, `KEY_STATUS_CONFLICT`.
 */
export function createChange(deps: KeyDeps) {
  return (target: Target, change: KeyChange, caller: Caller): Promise<Result<Key>> =>
    deps.store.write(async (tx) => {
      const key = await findKeyToChange(tx, target.id, reachOf(caller))
      const owner = key === null ? null : await ownerNow(deps, tx, key)
      const taken = await placeProblem(tx, target.id, change.rotation ?? null)
      if (taken !== null) return refused(taken)
      return moveWithin(deps, tx, target, caller, (held, now) => changed(deps, held, { change, owner, now, caller }))
    })
}

type Changing = {
  readonly change: KeyChange
  /** Null when there is nobody any more. */
  readonly owner: KeyOwner | null
  readonly now: number
  readonly caller: Caller
}

function changed(deps: KeyDeps, key: Key, { change, owner, now, caller }: Changing): ReturnType<Move> {
  const next = { ...key, ...change }
  const rotatesAt = rotationAfter(key, next, now)
  const life = lifeDays(deps, owner ?? NOBODY, next.classification)
  const problem =
    changeConflict(key, change, now) ??
    approvalEvaded(deps, key, change, caller) ??
    together([
      propertiesProblem(deps, next, now, Object.keys(change)),
      expiryChange(deps, key, change, owner),
      changedScheduleProblem(
        key,
        { ...next, rotatesAt },
        { places: deps.rotation.places, now, lifeDays: life },
        caller,
      ),
      newGrants(key, change, caller),
      grantsOfOwner(change, owner),
    ])
  return problem ?? { next: { ...change, rotatesAt }, event: changedEvent(change) }
}

// A stricter classification asks for a sooner end, which is said and not assumed.
function expiryChange(deps: KeyDeps, key: Key, change: KeyChange, owner: KeyOwner | null): Problem | null {
  if (change.expiresAt === undefined && change.classification === undefined) return null
  return expiryProblem(deps, owner ?? NOBODY, { ...key, ...change }, key.created.at)
}

function grantsOfOwner({ scopes = [], permissions = [] }: KeyChange, owner: KeyOwner | null): Problem | null {
  return owner === null ? null : ownerProblem({ scopes, permissions }, owner)
}

const NOBODY = { limits: null } as const

function changeConflict(key: Key, change: KeyChange, now: number): Problem | null {
  const status = statusAt(key, now)
  if (status === 'revoked') return refuseKey('KEY_STATUS_CONFLICT', { detail: 'A revoked key cannot be changed.' })
  if (key.rotatedTo !== null && (change.expiresAt !== undefined || change.rotation !== undefined)) {
    return refuseKey('KEY_STATUS_CONFLICT', {
      detail: `The key was replaced by ${key.rotatedTo} and ends after its grace. Roll the rotation back to keep it.`,
    })
  }
  if (change.status !== undefined && status === 'suspended') {
    return refuseKey('KEY_STATUS_CONFLICT', { detail: 'A suspended key is resumed, not switched on or off.' })
  }
  return null
}

// Out of a class that needs approval a key would be rotated without it.
function approvalEvaded(deps: KeyDeps, key: Key, { classification }: KeyChange, caller: Caller): Problem | null {
  const { approval } = deps.rotation
  if (classification === undefined || !approval.includes(key.classification)) return null
  if (approval.includes(classification)) return null
  if (missingPermissions(caller.principal.permissions, ['keys:emergency']).length === 0) return null
  return refuseKey('PERMISSION_MISSING', {
    detail: `Keys of class ${key.classification} are rotated with approval. Taking one out of that class needs the permission keys:emergency.`,
  })
}

function newGrants(key: Key, change: KeyChange, caller: Caller): Problem | null {
  const fresh = (now: readonly string[] | undefined, before: readonly string[]) =>
    (now ?? []).filter((it) => !before.includes(it))
  return grantProblem(
    { scopes: fresh(change.scopes, key.scopes), permissions: fresh(change.permissions, key.permissions) },
    caller,
  )
}

function changedEvent(change: KeyChange): EventInput {
  return { type: 'key.changed', outcome: 'success', details: { fields: Object.keys(change).sort().join(' ') } }
}
