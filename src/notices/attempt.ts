import type { Clock, Problem } from '../core/index.ts'
import { redactText } from '../secrets/index.ts'
import type { WayOut } from './way-out.ts'

/** What one attempt to deliver came to. `status` is null when there was no answer; `reason` then says why. */
export type Attempt = {
  /** Milliseconds since the epoch, and milliseconds. */
  readonly at: number
  readonly duration: number
  readonly status: number | null
  readonly reason: string | null
  /** The first bytes of the answer, cleaned. */
  readonly answer: string | null
  /** Milliseconds that the receiver wants to be left alone. */
  readonly retryAfter: number | null
  /** It was broken off from our side and says nothing of the receiver. */
  readonly isAborted: boolean
}

export type Parcel = {
  readonly url: string
  readonly body: string
  /** @param seconds when it is sent, since the epoch: what is signed says so */
  readonly headers: (seconds: number) => Readonly<Record<string, string>>
}

export type Post = (parcel: Parcel, stopping: AbortSignal) => Promise<Attempt>

const MOST_ANSWER = 1024
const SHOWN_ANSWER = 500

/**
 * Posts parcels. Redirects are not followed: a receiver says where it is, not where it would like to be. Answers of 2xx are
 * successes.
 *
 * @param timeout milliseconds for everything
 */
export function createPost({ clock, wayOut, timeout }: { clock: Clock; wayOut: WayOut; timeout: number }): Post {
  return async ({ url, body, headers: headersAt }, stopping) => {
    const at = clock.now()
    const start = performance.now()
    const ended = (rest: Partial<Attempt>): Attempt => ({ ...NOTHING, at, duration: since(start), ...rest })
    const headers = headersAt(Math.floor(at / 1000))
    const wish = { method: 'POST', maxBytes: MOST_ANSWER, beyond: 'cut', timeout, signal: stopping } as const
    const answer = await wayOut.safeFetch(url, { ...wish, headers, body })
    if (!answer.ok) return ended({ reason: reasonOf(answer.problem, timeout), isAborted: stopping.aborted })
    const { status, headers: told, body: bytes } = answer.value
    return ended({
      status,
      reason: status >= 300 && status < 400 ? 'redirects are not followed' : null,
      answer: shownOf(bytes),
      retryAfter: milliseconds(told.get('retry-after'), clock.now()),
    })
  }
}

const NOTHING = { status: null, reason: null, answer: null, retryAfter: null, isAborted: false } as const

function shownOf(bytes: Buffer): string | null {
  if (bytes.length === 0) return null
  return redactText(bytes.toString('utf8').replace(/[\s\p{Cc}\p{Cs}\ufffd]+/gu, ' ')).slice(0, SHOWN_ANSWER)
}

// RFC 9110, section 10.2.3: seconds, or a date.
function milliseconds(retryAfter: string | null, now: number): number | null {
  if (retryAfter === null) return null
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

function reasonOf({ code, reason, title }: Problem, timeout: number): string {
  if (code === 'OUTBOUND_TIMEOUT') return `no answer within ${timeout} ms`
  return redactText(reason ?? title).slice(0, 200)
}

function since(start: number): number {
  return Math.round(performance.now() - start)
}
