import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { EventInput, Exchange, Problem } from '../../core/index.ts'
import { answerEvent } from './event.ts'
import { refuseAnswer } from './problems.ts'
import { excerptOf, shownIn } from './shows.ts'

type Act = 'replace' | 'inspect' | 'pass'

/** What becomes of errors of an upstream: those of its own (5xx) and those that it blames on the client (4xx). */
export type ErrorSettings = { readonly server: Act; readonly client: Act }

type Head = {
  readonly status: number
  readonly type: string | undefined
  readonly encoding: string | undefined
  readonly header: (name: string) => string | undefined
}
type Answer = Head & { readonly bytes: Buffer }
type Ruled = { readonly is: 'same' } | { readonly is: 'deny'; readonly problem: Problem }

/** Bytes of an error that are looked at. A longer one is replaced where it would have to be inspected. */
const LONGEST_ERROR = 16_384

/**
 * The rule about errors of an upstream: the caller gets a problem of ours with the same status in place of a body that may tell
 * of the inside. What else has to be known (`Retry-After`, `WWW-Authenticate`, `Allow`) stays.
 *
 * Errors: `UPSTREAM_ERROR`, `UPSTREAM_REFUSED`, with the status of the upstream. Events: `answer.error_replaced`.
 *
 * @returns null when all of them pass
 */
export function errorRule({ server, client }: ErrorSettings, record: (event: EventInput) => void) {
  if (server === 'pass' && client === 'pass') return null
  const actOn = (status: number) => (status >= 500 ? server : client)
  return Object.freeze({
    name: 'errors replaced',
    maxBody: LONGEST_ERROR,
    whole: false,
    from: client === 'pass' ? 500 : 400,
    larger: 'start' as const,
    look: (_: Exchange, { status }: Head) => (actOn(status) === 'pass' ? ('pass' as const) : ('read' as const)),
    judge: (exchange: Exchange, answer: Answer): Ruled => {
      const text = textOf(answer)
      const shows = text === null ? [] : shownIn(text)
      const isWhole = text !== null && answer.bytes.length < LONGEST_ERROR
      if (actOn(answer.status) === 'inspect' && isWhole && shows.length === 0) return SAME
      const details = { status: answer.status, shows: shows.join(', '), excerpt: excerptOf(text ?? '') }
      record(answerEvent('answer.error_replaced', exchange, details))
      return { is: 'deny', problem: problemOf(answer, shows) }
    },
  })
}

const SAME = Object.freeze({ is: 'same' as const })

const KEPT = ['allow', 'retry-after', 'www-authenticate'] as const

function problemOf({ status, header }: Answer, shows: readonly string[]): Problem {
  const kept = KEPT.flatMap((name) => {
    const value = header(name)
    return value === undefined ? [] : [[name, value]]
  })
  const reason = [`status ${status}`, ...shows].join(', ')
  const headers = Object.fromEntries(kept)
  const problem = refuseAnswer(status >= 500 ? 'UPSTREAM_ERROR' : 'UPSTREAM_REFUSED', { headers, reason })
  return Object.freeze({ ...problem, status })
}

const UNPACK = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync, br: brotliDecompressSync } as const

// Null where nobody can say what it is.
function textOf({ encoding, bytes }: Answer): string | null {
  const name = encoding?.toLowerCase() ?? 'identity'
  if (name === 'identity') return bytes.toString()
  if (!Object.hasOwn(UNPACK, name)) return null
  try {
    return UNPACK[name as keyof typeof UNPACK](bytes, { maxOutputLength: 4 * LONGEST_ERROR }).toString()
  } catch {
    return null
  }
}
