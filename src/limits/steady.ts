import type { Clock } from '../core/index.ts'

export type SteadyTime = {
  /**
   * Milliseconds since this was made, that never run backwards. When the clock is set back, time goes on from where it
   * was: what was counted is forgotten no sooner (nothing is admitted twice) and no later than one window (nobody is
   * locked out until the old date comes round again).
   */
  readonly now: () => number
  /** What the clock said at the last `now`: milliseconds since the epoch. */
  readonly wall: () => number
}

export function steadyTime(clock: Clock): SteadyTime {
  let last = clock.now()
  let passed = 0
  return {
    now: () => {
      const now = clock.now()
      if (now > last) passed += now - last
      last = now
      return passed
    },
    wall: () => last,
  }
}
