import type { Lease } from './lease.ts'
import { inScopeOfNow } from './scope.ts'
import type { Leases } from './store.ts'

/** Work that comes back again and again, and that only one process does at a time. */
export type Chore = {
  /** Does it now if no other process is at it. @returns whether it was done here */
  readonly run: () => Promise<boolean>
  /** Waits for what is under way and begins nothing more. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a chore: every `every` milliseconds each process tries to take the lease of this name, and the one that gets it
 * does the work. The lease lasts as long as the work said it may; work that runs longer asks `held` before each step.
 *
 * @param every milliseconds between two attempts
 * @param lease milliseconds that the work may take between two calls of `held`; at least as long as one step
 * @param work gets `held`, which renews the lease and says whether it is still ours
 * @example
 * const chore = startChore({ leases: store.leases, name: 'keys.rotation', every: 60_000, lease: 60_000, work, onError })
 */
export function startChore(deps: {
  leases: Leases
  name: string
  every: number
  lease: number
  work: (held: Lease['renew']) => Promise<void>
  onError: (error: unknown) => void
}): Chore {
  let running: Promise<boolean> | null = null
  let stopped = false
  // Whoever asks for it now may be working for one organization.
  const once = inScopeOfNow(takeAndWork)
  const timer = setInterval(() => void run().catch(deps.onError), deps.every)
  timer.unref()

  function run(): Promise<boolean> {
    if (stopped) return Promise.resolve(false)
    running ??= once().finally(() => {
      running = null
    })
    return running
  }

  async function takeAndWork(): Promise<boolean> {
    const lease = await deps.leases.take(deps.name, deps.lease)
    if (lease === null) return false
    try {
      await deps.work(async () => !stopped && (await lease.renew()))
      return true
    } finally {
      await lease.release()
    }
  }

  async function stop(): Promise<void> {
    stopped = true
    clearInterval(timer)
    await running?.catch(deps.onError)
  }

  return Object.freeze({ run, stop })
}
