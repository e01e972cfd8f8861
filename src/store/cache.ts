import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/index.ts'

/**
 * Values that may be lost at any moment, shared by every process when it is on Redis. What must be exact, or must not
 * be forgotten, belongs in the database.
 */
export type Cache = {
  readonly get: (key: string) => Promise<string | null>
  /** @param ttlMs milliseconds, a whole number above zero */
  readonly set: (key: string, value: string, ttlMs: number) => Promise<void>
  /** Sets only what is absent. @returns whether this call set it: of many at once, one is true */
  readonly add: (key: string, value: string, ttlMs: number) => Promise<boolean>
  readonly delete: (key: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** A cache inside one process. @param max how many entries; the one unused for longest makes room */
export function createMemoryCache({ max, clock }: { max: number; clock: Clock }): Cache {
  const entries = new LRUCache<string, string>({ max, ttlResolution: 0, perf: { now: clock.now } })

  function set(key: string, value: string, ttlMs: number): void {
    entries.set(key, value, { ttl: checkedTtl(ttlMs) })
  }

  return Object.freeze({
    get: async (key: string) => entries.get(key) ?? null,
    set: async (key: string, value: string, ttlMs: number) => set(key, value, ttlMs),
    add: async (key: string, value: string, ttlMs: number) => {
      if (entries.has(key)) return false
      set(key, value, ttlMs)
      return true
    },
    delete: async (key: string) => {
      entries.delete(key)
    },
    close: async () => entries.clear(),
  })
}

/** @throws when it is no time to live: an entry that never ends would be kept for ever */
export function checkedTtl(ttlMs: number): number {
  if (Number.isSafeInteger(ttlMs) && ttlMs > 0) return ttlMs
  throw new RangeError(`a cache entry cannot live ${ttlMs} ms`)
}
