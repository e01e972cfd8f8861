import type { Clock } from '../core/index.ts'

/**
 * Remembers a name until a time, in milliseconds.
 *
 * @returns whether it was not remembered yet: of many at once, one is true
 */
export type Accept = (name: string, until: number) => boolean | Promise<boolean>

const SWEEP_EVERY = 5_000

/**
 * A memory of one process for names that may be used once. It is bounded: when it is full of names that are still in
 * their time, it takes no more, so that nothing is forgotten that could be used again.
 *
 * @param most how many names
 */
export function createProofMemory({ clock, most = 200_000 }: { clock: Clock; most?: number }): Accept {
  const names = new Map<string, number>()
  let sweptAt = clock.now()

  return (name, until) => {
    const now = clock.now()
    if (now - sweptAt >= SWEEP_EVERY || names.size >= most) sweep(now)
    if (names.has(name) || names.size >= most) return false
    names.set(name, until)
    return true
  }

  function sweep(now: number): void {
    sweptAt = now
    for (const [name, until] of names) if (until <= now) names.delete(name)
  }
}
