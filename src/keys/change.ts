import { actorOf, type Caller, done, type EventInput, type Problem, type Result, refused } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import type { Transaction } from '../store/index.ts'
import type { KeyDeps } from './deps.ts'
import { type Key, type StoredStatus, statusAt } from './key.ts'
import { refuseKey } from './problems.ts'
import { grantProblem, type KeyProperties, propertiesProblem } from './properties.ts'
import { reachOf } from './reach.ts'
import { changedScheduleProblem, placeProblem } from './rotation/check-schedule.ts'
import { rotationAfter } from './rotation/schedule.ts'
import { findKeyToChange, updateKey } from './store.ts'

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
  if (!(await updateKey(tx, moved, key.version))) return refused(refuseHttp('VERSION_STALE'))
  await tx.announce('key', key.id)
  await deps.audit.append(tx, { ...actorOf(caller), ...event, resource: key.id })
  return done(moved)
}

/**
 * Changes properties of a key. What is not named stays.
 *
 * Errors: `KEY_UNKNOWN`, `VERSION_STALE`, `INPUT_INVALID`, `GRANT_EXCEEDED`, `KEY_STATUS_CONFLICT`.
 */
export function createChange(deps: KeyDeps) {
  return (target: Target, change: KeyChange, caller: Caller): Promise<Result<Key>> =>
    deps.store.write(async (tx) => {
      const taken = await placeProblem(tx, target.id, change.rotation ?? null)
      if (taken !== null) return refused(taken)
      return moveWithin(deps, tx, target, caller, (key, now) => changed(deps, key, change, now, caller))
    })
}

function changed(deps: KeyDeps, key: Key, change: KeyChange, now: number, caller: Caller): ReturnType<Move> {
  const next = { ...key, ...change }
  const rotatesAt = rotationAfter(key, next, deps.rotation.classDays, now)
  const problem =
    changeConflict(key, change, now) ??
    propertiesProblem(expiryKept(next, change, now), now) ??
    changedScheduleProblem(deps, key, { ...next, rotatesAt }, caller) ??
    newGrants(key, change, caller)
  return problem ?? { next: { ...change, rotatesAt }, event: changedEvent(change) }
}

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

// An expired key may still be renamed or tagged; only a new expiry must lie ahead.
function expiryKept(next: KeyProperties, change: KeyChange, now: number): KeyProperties {
  return change.expiresAt === undefined ? { ...next, expiresAt: now + 1 } : next
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
