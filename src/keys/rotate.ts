import { missingPermissions } from '../access/index.ts'
import { type Caller, createId, done, type Problem, type Result, refused } from '../core/index.ts'
import { answerRepeat, type Idempotency, refuseHttp } from '../http/index.ts'
import { claimIdempotency, type Transaction } from '../store/index.ts'
import type { Target } from './change.ts'
import type { Created } from './create.ts'
import type { KeyDeps } from './deps.ts'
import { grantProblem } from './grants.ts'
import type { Key } from './key.ts'
import { refuseKey } from './problems.ts'
import type { Failure } from './rotation/abandon.ts'
import type { Approval } from './rotation/approval.ts'
import { findApproval } from './rotation/approval-store.ts'
import { type Begun, beginPlacing } from './rotation/begin.ts'
import { type Place, placeByHand, placeRefused, replacedBefore } from './rotation/by-hand.ts'
import { placeFault } from './rotation/place.ts'
import { type Replacement, replaceKey } from './rotation/replace.ts'
import { requestApproval } from './rotation/request.ts'
import { rotationConflict } from './rotation/rotation-conflict.ts'
import { GRACE } from './rotation/schedule.ts'
import { approvalToUse, useApproval } from './rotation/use-approval.ts'
import { findKey, findKeyToChange, readTables } from './store.ts'
import type { KeyTables } from './tables.ts'
import { reachOf } from './verify/reach.ts'

export type Rotation = {
  readonly target: Target
  /** Milliseconds that the old key lives on, 0 for not at all; null for a day, or for what was approved. */
  readonly graceMs: number | null
  /** The approval to use, which whoever calls asked for. */
  readonly approval?: string | null
  /** Skip the wait for an approval. Needs `keys:emergency` and a reason, and raises an alert. */
  readonly immediate?: boolean
  readonly reason?: string | null
}

/** A new key, shown or placed in its secret store, or the request that waits for another person. */
export type Rotated =
  | { readonly is: 'rotated'; readonly created: Created; readonly placed: Place | null; readonly repeated: boolean }
  | { readonly is: 'waiting'; readonly approval: Approval }

/**
 * Replaces a key by a new one with the same properties (row K21). The old one keeps working for the grace and then ends
 * by itself; without grace it is revoked at once. Both name each other. Of many rotations at the same time exactly one
 * wins.
 *
 * A key that names a secret store is placed there, as its schedule would do it, and shown to nobody.
 *
 * A key of a class that needs approval is not rotated at once: the answer is a request (row K23). When another person
 * approved it, whoever asked calls again with its id and is shown the new key.
 *
 * Errors: `KEY_UNKNOWN`, `VERSION_STALE`, `KEY_STATUS_CONFLICT`, `ROTATION_UNDER_WAY`, `GRANT_EXCEEDED`,
 * `PERMISSION_MISSING`, `INPUT_INVALID`, `APPROVAL_UNKNOWN`, `APPROVAL_WAITING`, `APPROVAL_DECIDED`, `APPROVAL_LAPSED`,
 * `IDEMPOTENCY_KEY_REUSED`, `UNAVAILABLE` when the secret store does not take the new key: nothing was rotated then.
 *
 * @example
 * const answer = await keys.rotate({ target: { id, version: null }, graceMs: 3_600_000 }, caller, null)
 * if (answer.ok && answer.value.is === 'rotated') show(answer.value.created.secret)
 */
export function createRotate(deps: KeyDeps) {
  return async (rotation: Rotation, caller: Caller, idempotency: Idempotency | null): Promise<Result<Rotated>> => {
    const problem = wishProblem(rotation, caller)
    if (problem !== null) return refused(problem)
    // A secret store is outside, so it is asked before the transaction.
    const fault = await storeFault(deps, rotation, caller)
    const begun = await deps.store.write((tx) => rotateWithin(deps, tx, { ...rotation, fault }, caller, idempotency))
    if (!begun.ok) return begun
    return begun.value.is === 'placing' ? placeByHand(deps, begun.value.begun, caller) : done(begun.value)
  }
}

type Step = Rotated | { readonly is: 'placing'; readonly begun: Begun }

async function storeFault(deps: KeyDeps, { target }: Rotation, caller: Caller): Promise<Failure | null> {
  const key = await findKey(readTables(deps.store), target.id, reachOf(caller))
  return key?.rotation?.store ? placeFault(deps, key) : null
}

async function rotateWithin(
  deps: KeyDeps,
  tx: Transaction,
  rotation: Rotation & { readonly fault: Failure | null },
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Step>> {
  const now = deps.clock.now()
  const id = createId('key', now)
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  const repeat = await answerRepeat(idempotency, claim, (ref) => rotatedBefore(tx, ref, caller))
  if (repeat !== null) return repeat
  const { target } = rotation
  const key = await findKeyToChange(tx, target.id, reachOf(caller))
  if (key === null) return refused(refuseKey('KEY_UNKNOWN'))
  if (target.version !== null && target.version !== key.version) return refused(refuseHttp('VERSION_STALE'))
  const problem = (await rotationConflict(tx, key, now)) ?? grantProblem(key, caller)
  if (problem !== null) return refused(problem)
  const leave = await leaveOf(deps, tx, key, rotation, id, caller)
  if (!leave.ok) return leave
  if ('waiting' in leave.value) return done({ is: 'waiting', approval: leave.value.waiting })
  const replacement = { ...leave.value, id, reason: rotation.reason ?? null }
  if (key.rotation?.store) {
    if (rotation.fault !== null) return refused(placeRefused(key, rotation.fault))
    const begun = await beginPlacing(deps, tx, key, replacement, caller)
    return begun.ok ? done({ is: 'placing', begun: begun.value }) : begun
  }
  const created = await replaceKey(deps, tx, key, replacement, caller)
  return created.ok ? done({ is: 'rotated', created: created.value, placed: null, repeated: false }) : created
}

type Leave = Pick<Replacement, 'kind' | 'graceMs' | 'approval'> | { readonly waiting: Approval }

/** How a rotation may go on: at once in an emergency, with an approval, at once where none is needed, or not yet. */
async function leaveOf(
  deps: KeyDeps,
  tx: Transaction,
  key: Key,
  { graceMs, approval = null, immediate = false, reason = null }: Rotation,
  id: string,
  caller: Caller,
): Promise<Result<Leave>> {
  if (immediate) return done({ kind: 'emergency', graceMs: graceMs ?? GRACE, approval: null })
  if (approval !== null) {
    const use = { id: approval, subject: key.id, result: id }
    const used = await (key.rotation?.store ? approvalToUse : useApproval)(deps, tx, use, caller)
    if (!used.ok) return used
    if (graceMs !== null && graceMs !== used.value.graceMs) return refused(otherGrace(used.value.graceMs))
    return done({ kind: 'manual', graceMs: used.value.graceMs, approval: used.value })
  }
  if (!deps.rotation.approval.includes(key.classification)) {
    return done({ kind: 'manual', graceMs: graceMs ?? GRACE, approval: null })
  }
  const wish = { id: approvalIdOf(id), graceMs: graceMs ?? GRACE, reason, dueAt: null }
  const asked = await requestApproval(deps, tx, key, wish, caller)
  if (asked.is === 'mine') return done({ waiting: asked.approval })
  const detail = `${asked.approval.requestedBy.id} asked for this rotation already: ${asked.approval.id}.`
  return refused(refuseKey('ROTATION_UNDER_WAY', { detail }))
}

function wishProblem({ approval = null, immediate = false, reason = null }: Rotation, caller: Caller): Problem | null {
  if (!immediate) return null
  if (approval !== null) return wrong('approval', 'cannot be used together with immediate')
  if (missingPermissions(caller.principal.permissions, ['keys:emergency']).length > 0) {
    return refuseKey('PERMISSION_MISSING', { detail: 'Rotating without approval needs the permission keys:emergency.' })
  }
  return reason === null || reason.trim() === '' ? wrong('reason', 'must say why the approval is skipped') : null
}

function otherGrace(approved: number): Problem {
  return wrong('graceSeconds', `was approved as ${approved / 1000}; leave it out`)
}

function wrong(path: string, message: string): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path, message }] })
}

// One reference has to stand for what a repeated request is answered with, and that is a key or a request for one.
function approvalIdOf(keyId: string): string {
  return `apr_${keyId.slice('key_'.length)}`
}

async function rotatedBefore(tx: Transaction, id: string, caller: Caller): Promise<Result<Rotated>> {
  const reach = reachOf(caller)
  const key = await findKey(tx.tables<KeyTables>(), id, reach)
  if (key !== null) return replacedBefore(tx, key)
  const mine = { organization: reach.organization, requesterId: caller.principal.id }
  const approval = await findApproval(tx, approvalIdOf(id), mine)
  return approval === null ? refused(refuseKey('KEY_UNKNOWN')) : done({ is: 'waiting', approval })
}
