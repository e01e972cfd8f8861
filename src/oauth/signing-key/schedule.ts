import { type Store, startWatch, type Watch } from '../../store/index.ts'
import { type ChangeDeps, changeSigningKeys } from './change.ts'
import { firstSteps, type Schedule, stepsDue } from './plan.ts'
import { readSigningKeys } from './store.ts'
import type { View } from './view.ts'

const LEASE = 'oauth.signing-keys'
const LEASE_MS = 60_000
const SHORTEST_LOOK = 250
const LONGEST_LOOK = 60_000
/** Of several processes that start at once, one makes the first key; the others look again. */
const ATTEMPTS = 5

/** Makes a key for each algorithm that has none that signs. */
export async function makeFirstKeys(deps: ChangeDeps, schedule: Schedule): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const steps = firstSteps(await readSigningKeys(deps.store), schedule, deps.clock.now())
    if (steps.length === 0) return
    await changeSigningKeys(deps, (keys, now) => firstSteps(keys, schedule, now), null)
  }
}

/**
 * Starts looking at the keys often enough to have each one long before it signs, even when its announcement was missed;
 * and, in processes that serve, does what is due. The lease keeps the others from making keys in vain; that each thing is
 * done once does not rest on it.
 */
export function startSchedule(deps: {
  change: ChangeDeps
  schedule: Schedule
  view: View
  rotates: boolean
  onError: (error: unknown) => void
}): Watch {
  const { change, schedule, view } = deps
  return startWatch({
    every: Math.min(LONGEST_LOOK, Math.max(SHORTEST_LOOK, Math.floor(schedule.publishBefore / 8))),
    look: async () => {
      await view.refresh()
      return deps.rotates && stepsDue(await readSigningKeys(change.store), schedule, change.clock.now()).length > 0
    },
    work: () =>
      underLease(change.store, () => changeSigningKeys(change, (keys, now) => stepsDue(keys, schedule, now), null)),
    onError: deps.onError,
  })
}

async function underLease(store: Store, work: () => Promise<unknown>): Promise<void> {
  const lease = await store.leases.take(LEASE, LEASE_MS)
  if (lease === null) return
  try {
    await work()
  } finally {
    await lease.release()
  }
}
