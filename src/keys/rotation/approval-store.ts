import type { Store, Transaction } from '../../store/index.ts'
import type { ApprovalRow, KeyTables } from '../tables.ts'
import type { Approval, ApprovalState } from './approval.ts'

type Reads = Pick<Store, 'tables'>
/** Which approvals somebody may see: those of the organization, or only what one principal asked for. */
export type ApprovalReach = { readonly organization: string; readonly requesterId: string | null }
export type ApprovalFilter = { readonly state?: ApprovalState; readonly subject?: string }

export async function insertApproval(tx: Transaction, approval: Approval): Promise<void> {
  await tx.tables<KeyTables>().insertInto('approval').values(rowOf(approval)).execute()
}

export async function findApproval(reads: Reads, id: string, reach: ApprovalReach): Promise<Approval | null> {
  const row = await within(reads, reach).where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : approvalOf(row)
}

/** Approvals newest first, continuing before an id. */
export async function listApprovals(
  reads: Reads,
  reach: ApprovalReach,
  filter: ApprovalFilter,
  page: { readonly before: string | null; readonly limit: number; readonly now: number },
): Promise<Approval[]> {
  let query = within(reads, reach)
  if (page.before !== null) query = query.where('id', '<', page.before)
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject)
  const { state } = filter
  if (state === 'lapsed') {
    query = query.where((it) =>
      it.or([
        it('state', '=', 'lapsed'),
        it.and([it('state', 'in', ['pending', 'approved']), it('lapses_at', '<=', page.now)]),
      ]),
    )
  } else if (state !== undefined) {
    query = query.where('state', '=', state)
    if (state === 'pending' || state === 'approved') query = query.where('lapses_at', '>', page.now)
  }
  const rows = await query.orderBy('id', 'desc').limit(page.limit).execute()
  return rows.map(approvalOf)
}

/** What was asked about one key and is neither used nor lapsed, newest first: for a rotation by schedule, or by somebody. */
export async function openApprovals(reads: Reads, subject: string, dueAt: number | null): Promise<Approval[]> {
  const query = reads.tables<KeyTables>().selectFrom('approval').selectAll().where('subject', '=', subject)
  const due = dueAt === null ? query.where('due_at', 'is', null) : query.where('due_at', '=', dueAt)
  const rows = await due.where('state', 'not in', ['used', 'lapsed']).orderBy('id', 'desc').limit(10).execute()
  return rows.map(approvalOf)
}

/** Requests that nobody decided in time and that nobody was told of yet. */
export async function overdueApprovals(reads: Reads, now: number, limit: number): Promise<Approval[]> {
  const query = reads.tables<KeyTables>().selectFrom('approval').selectAll().where('state', '=', 'pending')
  return (await query.where('lapses_at', '<=', now).orderBy('id').limit(limit).execute()).map(approvalOf)
}

/** Moves an approval on if it is still in this state and has not lapsed: of several at once one gets true. */
export async function moveApproval(
  tx: Transaction,
  id: string,
  from: ApprovalState,
  now: number,
  to: { state: ApprovalState } & Partial<Omit<ApprovalRow, 'id' | 'state'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .tables<KeyTables>()
    .updateTable('approval')
    .set(to)
    .where('id', '=', id)
    .where('state', '=', from)
    .where('lapses_at', to.state === 'lapsed' ? '<=' : '>', now)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

function within(reads: Reads, reach: ApprovalReach) {
  const query = reads.tables<KeyTables>().selectFrom('approval').selectAll()
  const mine = query.where('organization', '=', reach.organization)
  return reach.requesterId === null ? mine : mine.where('requested_by', '=', reach.requesterId)
}

function rowOf(approval: Approval): ApprovalRow {
  return {
    id: approval.id,
    organization: approval.organization,
    action: approval.action,
    subject: approval.subject,
    state: approval.state,
    requested_at: approval.requestedAt,
    requested_by: approval.requestedBy.id,
    requester_kind: approval.requestedBy.kind,
    reason: approval.reason,
    grace: approval.graceMs,
    due_at: approval.dueAt,
    lapses_at: approval.lapsesAt,
    decided_at: approval.decidedAt,
    decided_by: approval.decidedBy?.id ?? null,
    decider_kind: approval.decidedBy?.kind ?? null,
    decision_reason: approval.decisionReason,
    used_at: approval.usedAt,
    result: approval.result,
  }
}

function approvalOf(row: ApprovalRow): Approval {
  const { decided_by: decider, decider_kind: kind } = row
  return {
    id: row.id,
    organization: row.organization,
    action: 'key.rotate',
    subject: row.subject,
    state: row.state as ApprovalState,
    requestedAt: row.requested_at,
    requestedBy: { kind: row.requester_kind, id: row.requested_by },
    reason: row.reason,
    graceMs: row.grace,
    dueAt: row.due_at,
    lapsesAt: row.lapses_at,
    decidedAt: row.decided_at,
    decidedBy: decider === null || kind === null ? null : { kind, id: decider },
    decisionReason: row.decision_reason,
    usedAt: row.used_at,
    result: row.result,
  }
}
