import { statusAt } from '../key.ts'
import { type Approval, approvalStateAt } from '../rotation/approval.ts'
import type { LateUseReport } from '../rotation/report.ts'
import type { RotationRecord } from '../rotation/rotation.ts'
import type { RotationStatus } from '../rotation/status.ts'
import type { ApprovalBody, LateUseBody, RotationRecordBody, RotationStatusBody } from './rotation-schemas.ts'

export function approvalBody(approval: Approval, now: number): ApprovalBody {
  const { graceMs, requestedAt, dueAt, lapsesAt, decidedAt, usedAt, ...same } = approval
  return {
    ...same,
    state: approvalStateAt(approval, now),
    graceSeconds: graceMs / 1000,
    requestedAt: iso(requestedAt),
    dueAt: when(dueAt),
    lapsesAt: iso(lapsesAt),
    decidedAt: when(decidedAt),
    usedAt: when(usedAt),
  }
}

export function rotationStatusBody(status: RotationStatus, now: number): RotationStatusBody {
  const { key, phase, nextAt, daysLeft, graceEndsAt, canRollBack, failure, attempts, approvals, history } = status
  return {
    keyId: key.id,
    status: phase,
    schedule: key.rotation,
    nextRotationAt: when(nextAt),
    daysLeft,
    graceEndsAt: when(graceEndsAt),
    rotatedFrom: key.rotatedFrom,
    rotatedTo: key.rotatedTo,
    canRollBack,
    failure,
    attempts,
    approvals: approvals.map((approval) => approvalBody(approval, now)),
    history: history.map(recordBody),
  }
}

export function lateUseBody({ rotation, old, from, lastUsedAt, ...same }: LateUseReport, now: number): LateUseBody {
  return {
    ...same,
    rotation: recordBody(rotation),
    old: { id: old.id, name: old.name, status: statusAt(old, now), endsAt: iso(old.expiresAt) },
    lastUsedAt: when(lastUsedAt),
    from: from.map((use) => ({ ...use, lastAt: iso(use.lastAt) })),
  }
}

function recordBody(rotation: RotationRecord): RotationRecordBody {
  const { id, from, to, kind, state, by, reason, approval, store, endedBy, failure } = rotation
  const times = { at: iso(rotation.at), graceEndsAt: when(rotation.graceEndsAt), endedAt: when(rotation.endedAt) }
  return { id, from, to, kind, state, by, reason, approval, store, endedBy, failure, ...times }
}

function when(at: number | null): string | null {
  return at === null ? null : iso(at)
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
