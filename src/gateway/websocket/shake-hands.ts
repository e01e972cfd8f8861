import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Problem } from '../../core/index.ts'
import { refuseRequest } from '../problems.ts'
import type { Errand } from '../upstream/errand.ts'

/** What becomes of a handshake with an upstream: exactly one of the last three. */
export type HandshakeHeard = {
  readonly connected: () => void
  readonly switched: (headers: IncomingHttpHeaders, socket: Duplex) => void
  /** The upstream would rather answer. */
  readonly answered: (status: number, headers: IncomingHttpHeaders, body: Buffer) => void
  readonly failed: (problem: Problem, target: string) => void
}

/** The longest answer of an upstream that refuses a handshake. */
const LONGEST_ANSWER = 65_536

/**
 * Sends a handshake to a target of the upstream. It is sent once: who gets no answer asks again.
 *
 * @returns what ends it from our side
 */
export function shakeHands(errand: Errand, heard: HandshakeHeard): () => void {
  const { upstream, headers, pathOn } = errand
  const target = upstream.pick()
  if (target === null) {
    heard.failed(refuseRequest('UPSTREAM_BUSY', { retryAfter: 1 }), upstream.name)
    return () => undefined
  }
  let over = false
  let waits = true
  let controller: Dispatcher.DispatchController | null = null
  let answer: { readonly status: number; readonly headers: IncomingHttpHeaders } | null = null
  const pieces: Buffer[] = []
  let length = 0

  const leave = () => {
    if (waits) target.waiting--
    waits = false
  }
  const end = (tell: () => void) => {
    leave()
    if (over) return
    over = true
    tell()
  }
  const abort = () => {
    over = true
    controller?.abort(new Error('the handshake is over'))
  }

  target.waiting++
  target.pool.dispatch(
    { path: pathOn(target.base), method: 'GET', headers, body: null, upgrade: 'websocket' },
    {
      onRequestStart: (started) => {
        controller = started
        if (over) started.abort(new Error('the handshake is over'))
        else heard.connected()
      },
      onRequestUpgrade: (_, __, said, socket) => {
        if (over) socket.destroy()
        end(() => heard.switched(said, socket))
      },
      onResponseStart: (_, status, said) => {
        if (status >= 200) answer = { status, headers: said }
      },
      onResponseData: (_, piece) => {
        length += piece.length
        if (length <= LONGEST_ANSWER) pieces.push(piece)
        else end(() => heard.failed(refuseRequest('UPSTREAM_ANSWER_TOO_LARGE'), target.origin))
        if (over) controller?.abort(new Error('the handshake is over'))
      },
      onResponseEnd: () => {
        const { status, headers: said } = answer ?? { status: 502, headers: {} }
        end(() => heard.answered(status, said, Buffer.concat(pieces)))
      },
      onResponseError: (_, error) => {
        const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.name
        end(() => heard.failed(refuseRequest('UPSTREAM_UNAVAILABLE', { reason }), target.origin))
      },
    },
  )
  return abort
}
