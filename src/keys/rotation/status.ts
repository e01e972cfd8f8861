import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { KeyDeps } from '../deps.ts'
import { type Key, statusAt } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { findKey } from '../store.ts'
import type { KeyTables, ScheduleRow } from '../tables.ts'
import { reachOf } from '../verify/reach.ts'
import { type Approval, approvalStateAt } from './approval.ts'
import { openApprovals } from './approval-store.ts'
import type { RotationRecord } from './rotation.ts'
import { chainOf, findRotationFrom, findRotationTo, listChain } from './rotation-store.ts'
import { DAY } from './schedule.ts'
import { findSchedule } from './schedule-store.ts'

/**
 * Where a key stands: without a schedule, before its next rotation, waiting for an approval or refused one, with somebody
 * to act because no store takes the new key, to be tried again after a failure, just being rotated, in the grace after a
 * rotation, or ended.
 */
export const ROTATION_PHASES = [
  'none',
  'scheduled',
  'due',
  'waiting',
  'rejected',
  'failing',
  'placing',
  'grace',
  'ended',
] as const
export type RotationPhase = (typeof ROTATION_PHASES)[number]

/** Everything about the rotation of one key: what comes, what is, what was. Times are milliseconds. */
export type RotationStatus = {
  readonly key: Key
  readonly phase: RotationPhase
  readonly nextAt: number | null
  /** Whole days until the next rotation; 0 on its day and after. */
  readonly daysLeft: number | null
  /** Until when this key works after it was replaced. */
  readonly graceEndsAt: number | null
  /** Whether `rollback` would be taken now: of the rotation from this key, or of the one that made it. */
  readonly canRollBack: boolean
  readonly failure: string | null
  readonly attempts: number
  /** What is open: requests and approvals that are not used yet. */
  readonly approvals: readonly Approval[]
  /** All rotations of the chain that the key belongs to, newest first. */
  readonly history: readonly RotationRecord[]
}

const MOST_HISTORY = 100

/** Tells where a key's rotation stands. Errors: `KEY_UNKNOWN`. */
export function createRotationStatus(deps: KeyDeps) {
  return async (id: string, caller: Caller): Promise<Result<RotationStatus>> => {
    const key = await findKey(deps.store.tables<KeyTables>(), id, reachOf(caller))
    return key === null ? refused(refuseKey('KEY_UNKNOWN')) : done(await statusOf(deps, key))
  }
}

async function statusOf(deps: KeyDeps, key: Key): Promise<RotationStatus> {
  const { store } = deps
  const now = deps.clock.now()
  const [schedule, chain, from, to] = await Promise.all([
    findSchedule(store, key.id),
    chainOf(store, key.id),
    findRotationFrom(store, key.id, ['rotated', 'placing']),
    findRotationTo(store, key.id),
  ])
  const asked = await Promise.all([null, schedule?.next_at ?? null].map((due) => openApprovals(store, key.id, due)))
  const approvals = [...new Map(asked.flat().map((it) => [it.id, it])).values()]
  const next = schedule?.next_at ?? null
  const inGrace = (it: RotationRecord | null) => it?.state === 'rotated' && (it.graceEndsAt ?? 0) > now
  return {
    key,
    phase: phaseOf({ key, schedule, from, approvals, now }),
    nextAt: next,
    daysLeft: next === null ? null : Math.max(0, Math.ceil((next - now) / DAY)),
    graceEndsAt: from?.state === 'rotated' ? from.graceEndsAt : null,
    canRollBack:
      key.rotatedTo === null
        ? key.rotatedFrom !== null && inGrace(to)
        : inGrace(from) && statusAt(key, now) !== 'revoked',
    failure: schedule?.failure ?? null,
    attempts: schedule?.attempts ?? 0,
    approvals: approvals.filter((it) => it.state === 'rejected' || approvalStateAt(it, now) !== 'lapsed'),
    history: await listChain(store, chain, MOST_HISTORY),
  }
}

type Facts = {
  readonly key: Key
  readonly schedule: ScheduleRow | null
  readonly from: RotationRecord | null
  readonly approvals: readonly Approval[]
  readonly now: number
}

/** The phases from the most pressing to the least; the first that holds is told. */
const PHASES: readonly (readonly [RotationPhase, (facts: Facts) => boolean])[] = [
  ['placing', ({ from }) => from?.state === 'placing'],
  ['ended', ({ key, now }) => ['revoked', 'expired'].includes(statusAt(key, now))],
  ['grace', ({ key }) => key.rotatedTo !== null],
  ['none', ({ schedule }) => schedule === null],
  ['failing', ({ schedule }) => schedule !== null && schedule.failure !== null],
  ['waiting', ({ approvals, now }) => approvals.some((it) => approvalStateAt(it, now) === 'pending')],
  [
    'rejected',
    ({ approvals, schedule }) => approvals.some((it) => it.state === 'rejected' && it.dueAt === schedule?.next_at),
  ],
  ['due', ({ schedule, now }) => schedule !== null && schedule.next_at <= now],
]

function phaseOf(facts: Facts): RotationPhase {
  return PHASES.find(([, holds]) => holds(facts))?.[0] ?? 'scheduled'
}
