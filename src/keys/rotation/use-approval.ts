import { actorOf, type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import { refuseKey } from '../problems.ts'
import { type Approval, type ApprovalState, approvalStateAt } from './approval.ts'
import { findApproval, moveApproval } from './approval-store.ts'

/**
 * Uses an approval for the rotation of a key, once: a compare-and-set in the transaction of the rotation. Only whoever
 * asked can use it, so the new key is shown to nobody else.
 *
 * Errors: `APPROVAL_UNKNOWN`, `APPROVAL_WAITING`, `APPROVAL_DECIDED`, `APPROVAL_LAPSED`.
 */
export async function useApproval(
  deps: Pick<KeyDeps, 'clock'>,
  tx: Transaction,
  use: { readonly id: string; readonly subject: string; readonly result: string },
  caller: Caller,
): Promise<Result<Approval>> {
  const approval = await approvalToUse(deps, tx, use, caller)
  if (!approval.ok) return approval
  const now = deps.clock.now()
  const to = { state: 'used' as const, used_at: now, result: use.result }
  const moved = await moveApproval(tx, use.id, 'approved', now, to)
  return moved
    ? done({ ...approval.value, state: 'used', usedAt: now, result: use.result })
    : refused(refuseKey('APPROVAL_DECIDED'))
}

/**
 * The approval that somebody may use for the rotation of a key, which is used later: where the new key is placed in a
 * secret store, nothing is used up before the store took it.
 *
 * Errors: `APPROVAL_UNKNOWN`, `APPROVAL_WAITING`, `APPROVAL_DECIDED`, `APPROVAL_LAPSED`.
 */
export async function approvalToUse(
  deps: Pick<KeyDeps, 'clock'>,
  tx: Transaction,
  use: { readonly id: string; readonly subject: string },
  caller: Caller,
): Promise<Result<Approval>> {
  const reach = { organization: caller.principal.organization ?? '', requesterId: caller.principal.id }
  const approval = await findApproval(tx, use.id, reach)
  if (approval === null || approval.subject !== use.subject) return refused(refuseKey('APPROVAL_UNKNOWN'))
  const problem = useProblem(approvalStateAt(approval, deps.clock.now()))
  return problem === null ? done(approval) : refused(problem)
}

/** Tells the Event of a use; last in the transaction, because it holds the log. */
export async function tellUse(deps: Pick<KeyDeps, 'audit'>, tx: Transaction, approval: Approval, caller: Caller) {
  const { action, subject, result, id } = approval
  const details = { action, for: subject, result }
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: 'approval.used',
    outcome: 'success',
    resource: id,
    details,
  })
}

function useProblem(state: ApprovalState): Problem | null {
  if (state === 'approved') return null
  if (state === 'pending') return refuseKey('APPROVAL_WAITING')
  if (state === 'lapsed') return refuseKey('APPROVAL_LAPSED')
  const what = state === 'used' ? 'used already; an approval counts once' : 'rejected'
  return refuseKey('APPROVAL_DECIDED', { detail: `The request was ${what}.` })
}
