import { missingPermissions } from '../../access/index.ts'
import { actorOf, type Caller, done, organizationOf, type Problem, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { findKey, findKeyToChange } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import { APPROVAL_MS, type Approval, approvalStateAt } from './approval.ts'
import { type ApprovalReach, findApproval, moveApproval } from './approval-store.ts'
import { mailOwner } from './contacts.ts'
import { wakeSchedule } from './schedule-store.ts'
import { SCHEDULE } from './system-caller.ts'

export type Decision = 'approved' | 'rejected'

/**
 * Approves or rejects a request. Whoever asked cannot decide, nor a key that they made for another, nor one made with
 * such a key; a request is decided once, and after 72 hours no more (row K23). What is approved has to be used within 72 hours, or by the rotation by schedule that it is for.
 *
 * Errors: `APPROVAL_UNKNOWN`, `APPROVAL_OWN`, `APPROVAL_DECIDED`, `APPROVAL_LAPSED`.
 */
export function createDecide(deps: KeyDeps) {
  return (id: string, decision: Decision, reason: string | null, caller: Caller): Promise<Result<Approval>> =>
    deps.store.write((tx) => decideWithin(deps, tx, id, { decision, reason }, caller))
}

async function decideWithin(
  deps: KeyDeps,
  tx: Transaction,
  id: string,
  { decision, reason }: { decision: Decision; reason: string | null },
  caller: Caller,
): Promise<Result<Approval>> {
  const seen = await findApproval(tx, id, reachOfApprovals(caller))
  if (seen === null) return refused(refuseKey('APPROVAL_UNKNOWN'))
  // Held first, as every other change of a rotation does, so that no two wait for each other.
  const key = await findKeyToChange(tx, seen.subject, { organization: seen.organization, ownerId: null })
  const approval = (await findApproval(tx, id, reachOfApprovals(caller))) ?? seen
  const now = deps.clock.now()
  const problem = decisionProblem(approval, now) ?? (await ownProblem(tx, approval, caller))
  if (problem !== null) return refused(problem)
  if (key === null || key.rotatedTo !== null || (approval.dueAt !== null && key.rotatesAt !== approval.dueAt)) {
    return refused(refuseKey('APPROVAL_LAPSED', { detail: 'The key was rotated, or its schedule changed, meanwhile.' }))
  }
  const lapsesAt = decision === 'approved' ? Math.max(approval.dueAt ?? now, now) + APPROVAL_MS : approval.lapsesAt
  const decidedBy = { kind: caller.principal.kind, id: caller.principal.id }
  const moved = await moveApproval(tx, id, 'pending', now, {
    state: decision,
    decided_at: now,
    decided_by: decidedBy.id,
    decider_kind: decidedBy.kind,
    decision_reason: reason,
    lapses_at: lapsesAt,
  })
  if (!moved) return refused(refuseKey('APPROVAL_DECIDED'))
  if (approval.dueAt !== null) await wakeSchedule(tx, approval.subject, now)
  await mailOwner(deps, tx, key, 'approval_decided', {
    decision,
    decider: decidedBy.id,
    reason,
  })
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: `approval.${decision}`,
    outcome: 'success',
    resource: id,
    details: { action: approval.action, for: approval.subject, requestedBy: approval.requestedBy.id, reason },
  })
  return done({ ...approval, state: decision, decidedAt: now, decidedBy, decisionReason: reason, lapsesAt })
}

function decisionProblem(approval: Approval, now: number): Problem | null {
  const state = approvalStateAt(approval, now)
  if (state === 'lapsed') return refuseKey('APPROVAL_LAPSED')
  if (state !== 'pending') return refuseKey('APPROVAL_DECIDED', { detail: `The request is ${state} already.` })
  return null
}

// Whoever makes a key for somebody else, or rotates theirs, is shown its text and could decide with it, or with what
// they make with it.
async function ownProblem(tx: Transaction, approval: Approval, { principal }: Caller): Promise<Problem | null> {
  const { organization, requestedBy } = approval
  if (requestedBy.id === principal.id) return refuseKey('APPROVAL_OWN')
  if (principal.credential === null || !MAKERS.has(requestedBy.kind)) return null
  if (!(await isMaker(tx, requestedBy.id, { keyId: principal.credential.id, organization }))) return null
  return refuseKey('APPROVAL_OWN', {
    detail: 'Whoever asked made this key. Ask another person who holds keys:approve.',
  })
}

type Made = { readonly keyId: string; readonly organization: string }

/** Whether somebody made a key, or one of the keys that it was made with. A chain too long to follow counts as theirs. */
async function isMaker(tx: Transaction, personId: string, { keyId, organization }: Made): Promise<boolean> {
  let next: string | null = keyId
  for (let step = 0; next !== null && step < LONGEST_CHAIN; step++) {
    const key: Key | null = await findKey(tx.tables<KeyTables>(), next, { organization, ownerId: null })
    if (key?.created.by === personId) return true
    next = key === null ? null : parentOf(key)
  }
  return next !== null
}

const LONGEST_CHAIN = 32

// What a schedule makes lies where whoever set it up may read it.
function parentOf({ created, rotatedFrom }: Key): string | null {
  return created.by === SCHEDULE ? rotatedFrom : (created.with ?? null)
}

// The operator makes the first keys of everybody, and could change the database as well.
const MAKERS: ReadonlySet<string> = new Set(['user', 'service'])

/** Who decides or manages sees the organization's approvals; everybody else what they asked for themselves. */
export function reachOfApprovals(caller: Caller): ApprovalReach {
  const sees = ['keys:approve', 'keys:manage'].some(
    (permission) => missingPermissions(caller.principal.permissions, [permission]).length === 0,
  )
  return { organization: organizationOf(caller), requesterId: sees ? null : caller.principal.id }
}
