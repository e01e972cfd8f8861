import type { Clock } from '../core/index.ts'
import { CHANGE_MS } from './change.ts'
import { IDEMPOTENCY_MS } from './idempotency.ts'
import type { Leases, Store } from './store.ts'
import type { StoreTables } from './tables.ts'

const EVERY_MS = 10 * 60 * 1000

/** Deletes the rows of the store's own tables that have had their time, in one process at a time. */
export async function sweep(deps: { write: Store['write']; leases: Leases; clock: Clock }): Promise<void> {
  const { write, leases, clock } = deps
  const lease = await leases.take('store.sweep', EVERY_MS)
  if (lease === null) return
  try {
    const now = clock.now()
    await write(async (tx) => {
      const tables = tx.tables<StoreTables>()
      await tables
        .deleteFrom('change')
        .where('at', '<', now - CHANGE_MS)
        .execute()
      await tables
        .deleteFrom('idempotency')
        .where('at', '<', now - IDEMPOTENCY_MS)
        .execute()
    })
  } finally {
    await lease.release()
  }
}

/** Sweeps every ten minutes. @returns stops, after the sweep that may be under way */
export function startSweeping(work: () => Promise<void>, onError: (error: unknown) => void): () => Promise<void> {
  let current: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    current = work().catch(onError)
  }, EVERY_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await current
  }
}
