const MINUTE = 60_000
const LONGEST = 6 * 60 * MINUTE

/** When a rotation is tried again that did not succeed: after one minute, two, four …, and every six hours at the latest. */
export function retryAfter(attempt: number, now: number): number {
  return now + Math.min(LONGEST, MINUTE * 2 ** Math.min(attempt - 1, 20))
}
