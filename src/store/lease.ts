import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/index.ts'
import type { Leases, Store, Transaction } from './store.ts'
import type { StoreTables } from './tables.ts'

/** A lease that is held. */
export type Lease = {
  /**
   * Grows each time the name changes hands. What the work writes may carry it, so that a former holder that wakes up
   * late is recognised by its smaller number.
   */
  readonly fence: number
  /** Holds on for another full time. @returns false when it was lost: stop the work */
  readonly renew: () => Promise<boolean>
  /** Lets go at once. Harmless when it was lost already. */
  readonly release: () => Promise<void>
}

/**
 * Leases are rows changed by compare-and-set. Their time is each process's own clock: processes whose clocks differ by
 * nearly the length of a lease could both believe in it, which is what the fence is for.
 */
export function createLeases(write: Store['write'], clock: Clock): Leases {
  const holder = randomUUID()

  async function take(name: string, ttlMs: number): Promise<Lease | null> {
    if (!Number.isSafeInteger(ttlMs) || ttlMs <= 0) throw new RangeError(`a lease of ${ttlMs} ms cannot be taken`)
    const fence = await write((tx) => claim(tx, name, ttlMs))
    return fence === null ? null : leaseOf(name, ttlMs, fence)
  }

  async function claim(tx: Transaction, name: string, ttlMs: number): Promise<number | null> {
    const now = clock.now()
    const row = await tx
      .tables<StoreTables>()
      .insertInto('lease')
      .values({ name, holder, fence: 1, expires_at: now + ttlMs })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet((row) => ({
            holder,
            fence: row('lease.fence', '+', 1),
            expires_at: now + ttlMs,
          }))
          .where('lease.expires_at', '<=', now),
      )
      .returning('fence')
      .executeTakeFirst()
    return row?.fence ?? null
  }

  function leaseOf(name: string, ttlMs: number, fence: number): Lease {
    const move = (expiresAt: (now: number) => number) =>
      write(async (tx) => {
        const now = clock.now()
        const { numUpdatedRows } = await tx
          .tables<StoreTables>()
          .updateTable('lease')
          .set({ expires_at: expiresAt(now) })
          .where('name', '=', name)
          .where('holder', '=', holder)
          .where('fence', '=', fence)
          .where('expires_at', '>', now)
          .executeTakeFirstOrThrow()
        return numUpdatedRows === 1n
      })
    return Object.freeze({
      fence,
      renew: () => move((now) => now + ttlMs),
      // The row stays: a fence that started again at one would prove nothing.
      release: async () => {
        await move(() => 0)
      },
    })
  }

  return Object.freeze({ take })
}
