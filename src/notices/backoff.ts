const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Milliseconds between attempts. After the last one what could not be told is given up. */
export const WAITS = [5_000, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 24 * HOUR] as const
const LONGEST_WAIT = 24 * HOUR
const JITTER = 0.2

/**
 * How long to wait after so many attempts, give or take a fifth, so that what failed together does not come back
 * together. Never sooner than the receiver asked for, within a day.
 *
 * @param attempts how many there were, 1 or more
 * @param asked milliseconds that the receiver wants to be left alone; null when it said nothing
 * @param chance a number from 0 to 1
 * @returns milliseconds, or null when it is to be given up
 */
export function waitAfter(attempts: number, asked: number | null, chance: number): number | null {
  const wait = WAITS[attempts - 1]
  if (wait === undefined) return null
  const spread = wait * (1 - JITTER + 2 * JITTER * chance)
  return Math.round(Math.max(spread, Math.min(asked ?? 0, LONGEST_WAIT)))
}
