/** How many requests may be sent again, so that no failure is multiplied. */
export type RetryBudget = {
  /** Counts a request that is sent for the first time. */
  readonly earn: () => void
  /** Takes one retry out of the budget, if there is one in it. */
  readonly spend: () => boolean
}

/** What one retry costs, in percents of a request. */
const COST = 100
/** Ten retries are there from the start, and no more can be saved up in quiet times. */
const RESERVE = 10 * COST

/** @param percent how many of a hundred requests may be sent again */
export function createRetryBudget(percent: number): RetryBudget {
  let saved = RESERVE
  return Object.freeze({
    earn: () => {
      saved = Math.min(RESERVE, saved + percent)
    },
    spend: () => {
      if (saved < COST) return false
      saved -= COST
      return true
    },
  })
}
