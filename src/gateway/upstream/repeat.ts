import type { Errand } from './errand.ts'
import type { RetryReason } from './retries.ts'
import { isUnreachable } from './upstream-errors.ts'

/** A try to reach an upstream that came to nothing. */
export type Try = {
  readonly errand: Errand
  /** How many there were, this one too. */
  readonly attempts: number
  /** Whether the upstream began to answer. */
  readonly began: boolean
  /** Whether the request was on a connection. */
  readonly sent: boolean
}

/** Whether a request may be sent again that was sent; takes what that costs from the budget. */
export function mayRepeat({ errand, attempts }: Try, reason: RetryReason): boolean {
  const { upstream, method, body } = errand
  const { retries } = upstream
  if (retries === null || !retries.allows(reason, attempts)) return false
  return retries.canRepeat(method, body) && retries.spend()
}

/** Whether the route's retries allow another try. What was never sent can be sent whatever it is. */
export function mayRetry(made: Try, error: Error): boolean {
  const { retries } = made.errand.upstream
  if (retries === null || made.began || !isUnreachable(error)) return false
  if (made.sent) return mayRepeat(made, 'connect')
  return retries.allows('connect', made.attempts) && retries.spend()
}

// May be asked again without harm: RFC 9110, section 9.2.1.
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether it is tried again without asking the route's retries. Once, and only when the upstream can not have acted on it: it
 * was never sent, or it is safe to ask twice and the connection was closed without a word, as happens to one that was kept
 * alive too long.
 */
export function mayTryAgain({ errand, attempts, began, sent }: Try, error: Error): boolean {
  if (attempts > 1 || began || !isUnreachable(error)) return false
  if (!sent) return errand.upstream.targets.length > 1
  return errand.body === null && SAFE.has(errand.method)
}
