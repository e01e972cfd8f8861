import { assertWhole } from './rule.ts'

/** How many are inside at once, by key. Remembers only keys that have somebody inside. */
export type Concurrency = {
  /** Takes a place if one of `max` is free. Every `true` needs exactly one {@link Concurrency.leave}. */
  readonly enter: (key: string, max: number) => boolean
  readonly leave: (key: string) => void
  readonly inside: (key: string) => number
}

export function createConcurrency(): Concurrency {
  const inside = new Map<string, number>()
  return Object.freeze({
    enter: (key: string, max: number) => {
      assertWhole(max, 1, Number.MAX_SAFE_INTEGER, 'max')
      const count = inside.get(key) ?? 0
      if (count >= max) return false
      inside.set(key, count + 1)
      return true
    },
    leave: (key: string) => {
      const count = inside.get(key)
      if (count === undefined) throw new Error(`leave without enter: ${key}`)
      if (count === 1) inside.delete(key)
      else inside.set(key, count - 1)
    },
    inside: (key: string) => inside.get(key) ?? 0,
  })
}
