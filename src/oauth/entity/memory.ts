import { LRUCache } from 'lru-cache'
import type { Clock } from '../../core/index.ts'
import type { Payload } from './entity.ts'

/** Short enough that what another process ended is dead here within a second, whatever was heard of it; milliseconds. */
const KEPT_FOR = 500
const MOST = 20_000

/** What was read lately, so that a token that is asked about again and again is not looked up each time. */
export type EntityMemory = {
  /** A copy, since whoever gets it may change it. */
  readonly get: (name: string) => Payload | undefined
  /** Marks the moment before something is read. */
  readonly mark: () => number
  /** Keeps what was read since `mark`, unless anything was forgotten meanwhile. */
  readonly keep: (name: string, payload: Payload, mark: number) => void
  /** Forgets one thing, or all of them with null. */
  readonly forget: (name: string | null) => void
}

export function createEntityMemory(clock: Clock): EntityMemory {
  const held = new LRUCache<string, { readonly json: string; readonly until: number }>({ max: MOST })
  let forgotten = 0
  return Object.freeze({
    get: (name: string) => {
      const kept = held.get(name)
      return kept === undefined || kept.until <= clock.now() ? undefined : (JSON.parse(kept.json) as Payload)
    },
    mark: () => forgotten,
    keep: (name: string, payload: Payload, mark: number) => {
      if (mark === forgotten) held.set(name, { json: JSON.stringify(payload), until: clock.now() + KEPT_FOR })
    },
    forget: (name: string | null) => {
      forgotten++
      if (name === null) held.clear()
      else held.delete(name)
    },
  })
}
