import { type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type Move, moveWithin, type Target } from '../change.ts'
import type { KeyDeps } from '../deps.ts'
import { type Key, statusAt } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { revocation } from '../status.ts'
import { findKey, findKeyToChange, holdKeys } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import { reachOf } from '../verify/reach.ts'
import { putBack, type Returned } from './put-back.ts'
import type { RotationRecord } from './rotation.ts'
import { findRotationFrom, findRotationTo, moveRotation } from './rotation-store.ts'
import { DAY } from './schedule.ts'

/** What a rollback left: the old key, and what became of the value in its secret store (null when there is no store). */
export type RolledBack = { readonly key: Key; readonly store: Returned | null }

/**
 * Undoes a rotation while the old key is in its grace (row K21): the new key is revoked, the old one lives on until it
 * would have ended before, and neither names the other any more. Where the new key was placed in a secret store, the old
 * one is put back there if the store still keeps it. A key that was due is due again a day later.
 *
 * @param target the old key or the new one
 *
 * Errors: `KEY_UNKNOWN`, `VERSION_STALE`, `ROLLBACK_NOT_POSSIBLE`, `UNAVAILABLE` when the secret store does not answer.
 */
export function createRollback(deps: KeyDeps) {
  return async (target: Target, reason: string | null, caller: Caller): Promise<Result<RolledBack>> => {
    const db = deps.store.tables<KeyTables>()
    const named = await findKey(db, target.id, reachOf(caller))
    if (named === null) return refused(refuseKey('KEY_UNKNOWN'))
    const rotation = await rotationToUndo(deps.store, named)
    const old = rotation === null ? null : await findKey(db, rotation.from, reachOf(caller))
    const problem = rollbackProblem(old, rotation, deps.clock.now())
    if (problem !== null || rotation === null) return refused(problem ?? nothing())
    // Before the rollback: until then both keys work, so whatever the programs read meanwhile is good.
    const store = await putBack(deps, rotation)
    if (store === 'unreachable') return refused(storeAway(rotation))
    return deps.store.write((tx) => rollBackWithin(deps, tx, { rotation, target, reason, store }, caller))
  }
}

/** The rotation away from a key; where there is none, the one that made it. */
async function rotationToUndo(reads: Pick<Transaction, 'tables'>, key: Key): Promise<RotationRecord | null> {
  if (key.rotatedTo !== null) return findRotationFrom(reads, key.id, ['rotated'])
  const made = await findRotationTo(reads, key.id)
  return made?.state === 'rotated' ? made : null
}

type Wish = {
  readonly rotation: RotationRecord
  readonly target: Target
  readonly reason: string | null
  readonly store: Returned | null
}

async function rollBackWithin(
  deps: KeyDeps,
  tx: Transaction,
  { rotation, target, reason, store }: Wish,
  caller: Caller,
): Promise<Result<RolledBack>> {
  const now = deps.clock.now()
  await holdKeys(tx, [rotation.from, rotation.to])
  const old = await findKeyToChange(tx, rotation.from, reachOf(caller))
  const successor = await findKeyToChange(tx, rotation.to, reachOf(caller))
  const named = target.id === rotation.to ? successor : old
  if (old === null || named === null) return refused(refuseKey('KEY_UNKNOWN'))
  if (target.version !== null && target.version !== named.version) return refused(refuseHttp('VERSION_STALE'))
  const problem = rollbackProblem(old, rotation, now)
  if (problem !== null) return refused(problem)
  if (successor?.rotatedTo) return refused(refuseKey('ROLLBACK_NOT_POSSIBLE', { detail: movedOn(successor) }))
  const ended = { ended_at: now, ended_by: caller.principal.id }
  if (!(await moveRotation(tx, rotation.id, 'rotated', { state: 'rolled_back', ...ended }))) return refused(nothing())
  const back = await moveWithin(deps, tx, { id: old.id, version: null }, caller, restoration(rotation, reason))
  if (!back.ok) return back
  const gone = await endSuccessor(deps, tx, rotation, caller)
  return gone.ok ? done({ key: back.value, store }) : gone
}

// The caller was let at the old key; the new one has the same owner and organization.
function endSuccessor(deps: KeyDeps, tx: Transaction, rotation: RotationRecord, caller: Caller): Promise<Result<Key>> {
  return moveWithin(deps, tx, { id: rotation.to, version: null }, caller, (key, now) => {
    const revoked = revocation('its rotation was rolled back')(key, now)
    if (revoked !== null && 'next' in revoked) {
      return { ...revoked, next: { ...revoked.next, rotatedFrom: null } }
    }
    return {
      next: { rotatedFrom: null },
      event: { type: 'key.changed', outcome: 'success', details: { fields: 'rotatedFrom' } },
    }
  })
}

function restoration({ to, formerExpiresAt }: RotationRecord, reason: string | null): Move {
  return (key, now) => ({
    next: {
      rotatedTo: null,
      expiresAt: formerExpiresAt,
      // Otherwise what was just undone would be done again a minute later.
      rotatesAt: key.rotatesAt === null ? null : Math.max(key.rotatesAt, now + DAY),
    },
    event: { type: 'key.rolled_back', outcome: 'success', details: { to, reason, expiresAt: formerExpiresAt } },
  })
}

function rollbackProblem(key: Key | null, rotation: RotationRecord | null, now: number): Problem | null {
  if (key === null || rotation === null || key.rotatedTo !== rotation.to) return nothing()
  const status = statusAt(key, now)
  if (status === 'expired' || (rotation.graceEndsAt ?? 0) <= now) {
    return refuseKey('ROLLBACK_NOT_POSSIBLE', {
      detail: 'The grace is over and the old key has ended. Make a new key instead.',
    })
  }
  if (status !== 'revoked') return null
  return refuseKey('ROLLBACK_NOT_POSSIBLE', { detail: 'The old key was revoked, and a revoked key stays so.' })
}

function nothing(): Problem {
  return refuseKey('ROLLBACK_NOT_POSSIBLE', {
    detail: 'This key was not replaced by another, or it was rolled back already.',
  })
}

function movedOn({ id, rotatedTo }: Key): string {
  return `The new key ${id} was itself replaced by ${rotatedTo}. Roll that rotation back first.`
}

function storeAway({ store }: RotationRecord): Problem {
  return refuseHttp('UNAVAILABLE', {
    detail: `The secret store "${store?.name ?? ''}" does not answer, so the old key cannot be put back. Try again.`,
    retryAfter: 30,
  })
}
