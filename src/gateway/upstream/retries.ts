import type { RequestBody } from '../passage/request-body.ts'
import type { RetrySettings } from '../settings.ts'

export type RetryReason = RetrySettings['on'][number]

/** When a group sends a request again, and whether it can afford to. */
export type Retries = {
  readonly settings: RetrySettings
  /** Whether a request that was sent so often already may be sent again, should it fail so. Asks for no budget. */
  readonly allows: (reason: RetryReason, sent: number) => boolean
  /** Whether a request may be repeated that the upstream may have seen. */
  readonly canRepeat: (method: string, body: RequestBody | Buffer | null) => boolean
  /** Counts a request that is sent for the first time. */
  readonly earn: () => void
  /** Takes one retry out of the budget, if there is one in it. */
  readonly spend: () => boolean
}

/** What one retry costs, in percents of a request. */
const COST = 100
/** Ten retries are there from the start, and no more can be saved up in quiet times. */
const RESERVE = 10 * COST

/** A budget for one group: of all requests that go there only a share may be sent again, so that no failure is multiplied. */
export function createRetries(settings: RetrySettings): Retries {
  const reasons = new Set(settings.on)
  const methods: ReadonlySet<string> = new Set(settings.methods)
  let saved = RESERVE
  return Object.freeze({
    settings,
    allows: (reason: RetryReason, sent: number) => sent < settings.attempts && reasons.has(reason),
    canRepeat: (method: string, body: RequestBody | Buffer | null) =>
      methods.has(method) && (body === null || (Buffer.isBuffer(body) && body.length <= settings.maxBody)),
    earn: () => {
      saved = Math.min(RESERVE, saved + settings.budget)
    },
    spend: () => {
      if (saved < COST) return false
      saved -= COST
      return true
    },
  })
}
