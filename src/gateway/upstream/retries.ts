import { createRetryBudget, type RetryBudget } from '../../core/index.ts'
import type { RequestBody } from '../passage/request-body.ts'
import type { RetrySettings } from '../settings.ts'

export type RetryReason = RetrySettings['on'][number]

/** When a group sends a request again, and whether it can afford to. */
export type Retries = RetryBudget & {
  readonly settings: RetrySettings
  /** Whether a request that was sent so often already may be sent again, should it fail so. Asks for no budget. */
  readonly allows: (reason: RetryReason, sent: number) => boolean
  /** Whether a request may be repeated that the upstream may have seen. */
  readonly canRepeat: (method: string, body: RequestBody | Buffer | null) => boolean
}

/** A budget for one group: of all requests that go there only a share may be sent again, so that no failure is multiplied. */
export function createRetries(settings: RetrySettings): Retries {
  const reasons = new Set(settings.on)
  const methods: ReadonlySet<string> = new Set(settings.methods)
  return Object.freeze({
    settings,
    allows: (reason: RetryReason, sent: number) => sent < settings.attempts && reasons.has(reason),
    canRepeat: (method: string, body: RequestBody | Buffer | null) =>
      methods.has(method) && (body === null || (Buffer.isBuffer(body) && body.length <= settings.maxBody)),
    ...createRetryBudget(settings.budget),
  })
}
