import { createId } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { type Approval, approvalStateAt } from './approval.ts'
import { openApprovals } from './approval-store.ts'
import { requestApproval } from './request.ts'
import { GRACE } from './schedule.ts'
import { systemCaller } from './system-caller.ts'

/** Where the approval of a rotation by schedule stands. */
export type Leave =
  | { readonly is: 'needless' | 'rejected' }
  | { readonly is: 'given'; readonly approval: Approval }
  | { readonly is: 'waiting'; readonly until: number }

/** What was decided about a due rotation, if anything has to be. A request that lapsed is none. */
export async function leaveFor(
  deps: KeyDeps,
  tx: Pick<Transaction, 'tables'>,
  key: Key,
  dueAt: number,
): Promise<Leave | null> {
  if (!deps.rotation.approval.includes(key.classification)) return { is: 'needless' }
  const now = deps.clock.now()
  const all = await openApprovals(tx, key.id, dueAt)
  const given = all.find((it) => approvalStateAt(it, now) === 'approved')
  if (given !== undefined) return { is: 'given', approval: given }
  if (all.some((it) => it.state === 'rejected')) return { is: 'rejected' }
  const open = all.find((it) => approvalStateAt(it, now) === 'pending')
  return open === undefined ? null : { is: 'waiting', until: open.lapsesAt }
}

/**
 * Asks for the approval of a rotation by schedule unless that was asked, or is not needed. A request that lapsed is made
 * again: the rotation waits until somebody decides.
 */
export async function requestScheduled(deps: KeyDeps, tx: Transaction, key: Key, dueAt: number): Promise<Leave> {
  const known = await leaveFor(deps, tx, key, dueAt)
  if (known !== null) return known
  const id = createId('apr', deps.clock.now())
  const wish = { id, graceMs: GRACE, reason: 'It is due by its schedule.', dueAt }
  const { approval } = await requestApproval(deps, tx, key, wish, systemCaller(key))
  return { is: 'waiting', until: approval.lapsesAt }
}
