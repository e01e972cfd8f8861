/** When a call is made again. Times in milliseconds. */
export type RetrySettings = {
  /** How often a call is made at the most, the first time included. */
  readonly attempts: number
  /** Statuses that may be gone a moment later. */
  readonly statuses: readonly number[]
  /** Before the second attempt; twice as long before each further one, and of that a part by chance. */
  readonly wait: number
  /** No wait is longer, whatever `Retry-After` says: a longer one is told and not waited for. */
  readonly longestWait: number
  /** How many of a hundred calls may be made again. */
  readonly budget: number
}

/** RFC 9110, section 9.2.2: asked twice, they do what once does. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

export function isRepeatable(method: string): boolean {
  return REPEATABLE.has(method)
}

/** How long to wait after so many attempts: at least as long as the other side says, and never all callers at once. */
export function waitOf(settings: RetrySettings, sent: number, said: number | null, random: () => number): number {
  const most = Math.min(settings.longestWait, settings.wait * 2 ** (sent - 1))
  return Math.max(said ?? 0, Math.round(most * (0.5 + random() / 2)))
}

/** Milliseconds that an answer asks to wait (RFC 9110, section 10.2.3), or null where it does not say so plainly. */
export function saidWait(header: string | null, now: number): number | null {
  if (header === null) return null
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const at = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
