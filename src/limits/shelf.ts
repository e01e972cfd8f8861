import type { Meter } from './meter.ts'

/** Meters by key, never more than `capacity` of them. */
export type Shelf = {
  readonly get: (key: string) => Meter | undefined
  readonly put: (key: string, meter: Meter, now: number) => void
  readonly size: () => number
}

// Looked at for each new key, so that idle meters leave as fast as new ones come, without a pause to sweep.
const TIDY = 2
// Looked at when the shelf is full of meters that still count something.
const SAMPLE = 16

/**
 * Makes a bounded shelf. Idle meters are forgotten first. When none is idle, the one of a sample that would be idle
 * soonest goes: whoever spent least loses least, and a flood of new keys does not free the heavy ones.
 */
export function createShelf(capacity: number): Shelf {
  const meters = new Map<string, Meter>()
  let cursor = meters.entries()

  function next(): [string, Meter] | undefined {
    const step = cursor.next()
    if (!step.done) return step.value
    cursor = meters.entries()
    return undefined
  }

  function tidy(now: number): void {
    for (let i = 0; i < TIDY; i++) {
      const entry = next()
      if (entry !== undefined && entry[1].idleAt <= now) meters.delete(entry[0])
    }
  }

  function makeRoom(): void {
    let victim: [string, Meter] | undefined
    for (let i = 0; i < SAMPLE; i++) {
      const entry = next() ?? next()
      if (entry !== undefined && (victim === undefined || entry[1].idleAt < victim[1].idleAt)) victim = entry
    }
    if (victim !== undefined) meters.delete(victim[0])
  }

  return Object.freeze({
    get: (key: string) => meters.get(key),
    put: (key: string, meter: Meter, now: number) => {
      tidy(now)
      while (meters.size >= capacity) makeRoom()
      meters.set(key, meter)
    },
    size: () => meters.size,
  })
}
