/** How long a request waits for a decision, and a decision for its use, in milliseconds (row K23). */
export const APPROVAL_MS = 72 * 3_600_000

export const STORED_APPROVAL_STATES = ['pending', 'approved', 'rejected', 'used', 'lapsed'] as const
export type ApprovalState = (typeof STORED_APPROVAL_STATES)[number]

type Person = { readonly kind: string; readonly id: string }

/** A request that another person decides, and what they decided. Times are milliseconds. */
export type Approval = {
  readonly id: string
  readonly organization: string
  readonly action: 'key.rotate'
  /** The key that is to be rotated. */
  readonly subject: string
  readonly state: ApprovalState
  readonly requestedAt: number
  readonly requestedBy: Person
  readonly reason: string | null
  /** How long the old key lives on. */
  readonly graceMs: number
  /** The rotation by schedule that it is for; null when somebody asked. */
  readonly dueAt: number | null
  readonly lapsesAt: number
  readonly decidedAt: number | null
  readonly decidedBy: Person | null
  readonly decisionReason: string | null
  readonly usedAt: number | null
  /** The key that came of it. */
  readonly result: string | null
}

/** The state that counts now: what was not decided, or not used, in time has lapsed. */
export function approvalStateAt(approval: Pick<Approval, 'state' | 'lapsesAt'>, now: number): ApprovalState {
  const { state, lapsesAt } = approval
  return (state === 'pending' || state === 'approved') && lapsesAt <= now ? 'lapsed' : state
}
