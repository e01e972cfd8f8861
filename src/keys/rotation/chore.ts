import { actorOf } from '../../core/index.ts'
import { type Chore, startChore } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { ScheduleRow } from '../tables.ts'
import { moveApproval, overdueApprovals } from './approval-store.ts'
import { retryAfter } from './backoff.ts'
import { lookAt } from './due.ts'
import { rotateAndPlace, STORE_PATIENCE, settle } from './place.ts'
import { listPlacing } from './rotation-store.ts'
import { findAwake, moveSchedule } from './schedule-store.ts'
import { systemCaller } from './system-caller.ts'

/** Three answers of a secret store, each as late as it may be, and the transactions around them. */
const LEASE = 4 * STORE_PATIENCE
/** A rotation that is under way for so long belongs to a process that is gone. */
const STALE = LEASE
const AT_ONCE = 50
const MOST_BATCHES = 40

/**
 * Starts the chore that gives notices and does the rotations that are due, in one process at a time (row K22). The lease
 * keeps the others from trying; that each thing is done once does not rest on it.
 *
 * @param every milliseconds between two looks
 */
export function startRotationChore(deps: KeyDeps, every: number): Chore {
  const { leases } = deps.store
  return startChore({ leases, name: 'keys.rotation', every, lease: LEASE, work, onError: deps.onError })

  async function work(held: () => Promise<boolean>): Promise<void> {
    for (const rotation of await listPlacing(deps.store, deps.clock.now() - STALE, AT_ONCE)) {
      if (!(await held())) return
      await settle(deps, rotation, systemCaller(rotation))
    }
    await lapse(deps)
    let after: ScheduleRow | null = null
    for (let batch = 0; batch < MOST_BATCHES; batch++) {
      const awake: ScheduleRow[] = await findAwake(deps.store, deps.clock.now(), after, AT_ONCE)
      for (const schedule of awake) {
        if (!(await held())) return
        await attend(deps, schedule)
      }
      after = awake.at(-1) ?? null
      if (awake.length < AT_ONCE) return
    }
  }
}

// One broken key must not keep the others from being rotated.
async function attend(deps: KeyDeps, schedule: ScheduleRow): Promise<void> {
  try {
    const ready = await lookAt(deps, schedule)
    if (ready !== null) await rotateAndPlace(deps, schedule, ready.key, ready.approval)
  } catch (error) {
    deps.onError(error)
    const attempts = schedule.attempts + 1
    const next = { attempts, wake_at: retryAfter(attempts, deps.clock.now()) }
    await deps.store.write((tx) => moveSchedule(tx, schedule, next))
  }
}

/** Says of requests that nobody decided in time that they lapsed. They did so by themselves; this is the Event. */
async function lapse(deps: KeyDeps): Promise<void> {
  const now = deps.clock.now()
  for (const { id, action, subject, requestedBy, organization } of await overdueApprovals(deps.store, now, AT_ONCE)) {
    await deps.store.write(async (tx) => {
      if (!(await moveApproval(tx, id, 'pending', now, { state: 'lapsed' }))) return
      await deps.audit.append(tx, {
        ...actorOf(systemCaller({ organization })),
        type: 'approval.lapsed',
        outcome: 'success',
        resource: id,
        details: { action, for: subject, requestedBy: requestedBy.id },
      })
    })
  }
}
