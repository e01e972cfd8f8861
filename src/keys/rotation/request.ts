import { actorOf, type Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { APPROVAL_MS, type Approval, approvalStateAt } from './approval.ts'
import { insertApproval, openApprovals } from './approval-store.ts'
import { mailOwner } from './contacts.ts'

export type ApprovalRequest = {
  readonly id: string
  readonly graceMs: number
  readonly reason: string | null
  /** The rotation by schedule that it is for; null when somebody asks. */
  readonly dueAt: number | null
}

/**
 * Asks for the approval of a rotation, in the transaction that holds the key: of many requests at once one is made. The
 * same question again is answered with the request that waits.
 *
 * @returns the request, or the one of somebody else that is open
 */
export async function requestApproval(
  deps: KeyDeps,
  tx: Transaction,
  key: Key,
  request: ApprovalRequest,
  caller: Caller,
): Promise<{ readonly is: 'mine' | 'other'; readonly approval: Approval }> {
  const now = deps.clock.now()
  const open = (await openApprovals(tx, key.id, request.dueAt)).find(
    (it) => it.state !== 'rejected' && approvalStateAt(it, now) !== 'lapsed',
  )
  if (open !== undefined) return { is: open.requestedBy.id === caller.principal.id ? 'mine' : 'other', approval: open }
  const approval = newApproval(key, request, caller, now)
  await insertApproval(tx, approval)
  await mailOwner(deps, tx, key, 'approval_wanted', {
    requester: caller.principal.id,
    reason: approval.reason,
    approval: approval.id,
    lapses: new Date(approval.lapsesAt).toISOString(),
  })
  const { reason, dueAt, lapsesAt } = approval
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: 'approval.requested',
    outcome: 'success',
    resource: approval.id,
    details: { action: approval.action, for: key.id, reason, dueAt, lapsesAt },
  })
  return { is: 'mine', approval }
}

function newApproval(key: Key, request: ApprovalRequest, caller: Caller, now: number): Approval {
  return {
    ...request,
    organization: key.organization,
    action: 'key.rotate',
    subject: key.id,
    state: 'pending',
    requestedAt: now,
    requestedBy: { kind: caller.principal.kind, id: caller.principal.id },
    lapsesAt: now + APPROVAL_MS,
    decidedAt: null,
    decidedBy: null,
    decisionReason: null,
    usedAt: null,
    result: null,
  }
}
