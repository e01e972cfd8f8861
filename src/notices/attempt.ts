import type { Dispatcher } from 'undici'
import type { Clock } from '../core/index.ts'
import { redactText } from '../secrets/index.ts'
import type { Targets } from './target.ts'

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
const CONNECTIONS_PER_HOST = 8

/**
 * Posts parcels. Redirects are not followed: where they lead nobody has checked. Answers of 2xx are successes.
 *
 * @param timeout milliseconds for everything
 */
export function createPost(deps: { clock: Clock; targets: Targets; timeout: number }) {
  const { clock, targets, timeout } = deps
  let agent: Promise<Dispatcher> | null = null

  const post: Post = async (parcel, stopping) => {
    const at = clock.now()
    const start = performance.now()
    const ended = (rest: Partial<Attempt>): Attempt => ({ ...NOTHING, at, duration: since(start), ...rest })
    // What was allowed when the webhook was made may be allowed no longer.
    const fault = targets.fault(parcel.url)
    if (fault !== null) return ended({ reason: `the address ${fault}` })
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeout)])
    try {
      agent ??= openAgent(targets, timeout)
      const headers = parcel.headers(Math.floor(at / 1000))
      const answer = await send(await agent, parcel, headers, signal)
      return ended({ ...answer, retryAfter: milliseconds(answer.retryAfter, clock.now()) })
    } catch (error) {
      return ended({ reason: reasonOf(error, timeout), isAborted: stopping.aborted })
    }
  }

  const close = async (): Promise<void> => {
    await (await agent)?.destroy()
  }
  return Object.freeze({ post, close })
}

const NOTHING = { status: null, reason: null, answer: null, retryAfter: null, isAborted: false } as const

async function openAgent({ lookup }: Targets, timeout: number): Promise<Dispatcher> {
  const { Agent } = await import('undici')
  return new Agent({
    connect: { lookup, timeout },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connections: CONNECTIONS_PER_HOST,
    allowH2: false,
  })
}

async function send(
  agent: Dispatcher,
  { url, body }: Parcel,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) {
  const { origin, pathname, search } = new URL(url)
  const answer = await agent.request({ origin, path: pathname + search, method: 'POST', headers, body, signal })
  const retryAfter = answer.headers['retry-after']
  return {
    status: answer.statusCode,
    reason: answer.statusCode >= 300 && answer.statusCode < 400 ? 'redirects are not followed' : null,
    answer: await firstBytes(answer.body),
    retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
  }
}

// The status has come, so what the body does (never ends, breaks off) changes nothing any more.
async function firstBytes(body: AsyncIterable<Buffer>): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk.subarray(0, MOST_ANSWER - size))
      size += chunk.length
      if (size >= MOST_ANSWER) break
    }
  } catch {
    // As far as it came.
  }
  if (chunks.length === 0) return null
  const text = Buffer.concat(chunks).toString('utf8')
  return redactText(text.replace(/[\s\p{Cc}\p{Cs}\ufffd]+/gu, ' ')).slice(0, SHOWN_ANSWER)
}

// RFC 9110, section 10.2.3: seconds, or a date.
function milliseconds(retryAfter: string | null, now: number): number | null {
  if (retryAfter === null) return null
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

type NetworkError = Error & { readonly code?: string }

function reasonOf(error: unknown, timeout: number): string {
  const { name, code, message } = error as NetworkError
  if (name === 'TimeoutError' || code?.endsWith('_TIMEOUT') === true) return `no answer within ${timeout} ms`
  return redactText(message === '' ? (code ?? name) : message).slice(0, 200)
}

function since(start: number): number {
  return Math.round(performance.now() - start)
}
