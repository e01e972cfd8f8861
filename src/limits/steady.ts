import type { Clock } from '../core/index.ts'

/**
 * Milliseconds since this was made, that never run backwards. When the clock is set back, time goes on from where it
 * was: what was counted is forgotten no sooner (nothing is admitted twice) and no later than one window (nobody is
 * locked out until the old date comes round again).
 *
 * Starting at zero also keeps fractions of a millisecond exact in a double.
 */
export function steadyTime(clock: Clock): () => number {
  let last = clock.now()
  let passed = 0
  return () => {
    const now = clock.now()
    if (now > last) passed += now - last
    last = now
    return passed
  }
}
