import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { KeyDeps } from '../deps.ts'
import { refuseKey } from '../problems.ts'
import type { Approval } from './approval.ts'
import { type ApprovalFilter, findApproval, listApprovals } from './approval-store.ts'
import { startRotationChore } from './chore.ts'
import { createDecide, reachOfApprovals } from './decide.ts'
import { createLateUseReport } from './report.ts'
import { createRollback } from './rollback.ts'
import { createRotationStatus } from './status.ts'

/** Everything about rotations but the rotation by hand itself. */
export type Rotations = {
  /** What comes, what is, what was. Errors: `KEY_UNKNOWN`. */
  readonly status: ReturnType<typeof createRotationStatus>
  /** Who still uses the old key. Errors: `KEY_UNKNOWN`, `KEY_STATUS_CONFLICT`. */
  readonly report: ReturnType<typeof createLateUseReport>
  /** Errors: `KEY_UNKNOWN`, `VERSION_STALE`, `ROLLBACK_NOT_POSSIBLE`, `UNAVAILABLE`. */
  readonly rollback: ReturnType<typeof createRollback>
  /** Errors: `APPROVAL_UNKNOWN`, `APPROVAL_OWN`, `APPROVAL_DECIDED`, `APPROVAL_LAPSED`. */
  readonly decide: ReturnType<typeof createDecide>
  /** Errors: `APPROVAL_UNKNOWN`. */
  readonly approval: (id: string, caller: Caller) => Promise<Result<Approval>>
  /** Newest first, continuing before an id. */
  readonly approvals: (
    filter: ApprovalFilter,
    page: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<Approval[]>
  /** Does now what is due, if no other process is at it. @returns whether it was done here */
  readonly attend: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

/**
 * Builds the rotations and starts the chore that does the due ones.
 *
 * @param deps.every milliseconds between two looks for due rotations; null does none in this process
 */
export function createRotations(deps: KeyDeps & { readonly every: number | null }): Rotations {
  const { store, clock, every } = deps
  const chore = every === null ? null : startRotationChore(deps, every)
  return Object.freeze({
    status: createRotationStatus(deps),
    report: createLateUseReport(deps),
    rollback: createRollback(deps),
    decide: createDecide(deps),
    approval: async (id: string, caller: Caller) => {
      const approval = await findApproval(store, id, reachOfApprovals(caller))
      return approval === null ? refused(refuseKey('APPROVAL_UNKNOWN')) : done(approval)
    },
    approvals: (filter: ApprovalFilter, page: { before: string | null; limit: number }, caller: Caller) =>
      listApprovals(store, reachOfApprovals(caller), filter, { ...page, now: clock.now() }),
    attend: async () => (await chore?.run()) ?? false,
    stop: async () => chore?.stop(),
  })
}
