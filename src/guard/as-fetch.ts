import type { Problem } from '../core/index.ts'
import type { OutboundOptions, SafeFetch } from './safe-fetch.ts'

/** A `fetch` as libraries take it. What they say of dispatchers and agents is not heard. */
export type FetchLike = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

const FOLLOWED = 3
/** RFC 9110: answers that have no body. A Response of these takes none. */
const BARE = new Set([204, 205, 304])

/**
 * The safe way out in the form of `fetch`. It keeps to every rule of `safeFetch`; a request that brings no answer throws
 * as `fetch` does, with the problem as its cause.
 *
 * @throws TypeError `fetch failed`, a TimeoutError, or the reason of the given signal
 */
export function asFetch(safeFetch: SafeFetch, defaults: OutboundOptions): FetchLike {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    // Read and never sent: whatever it says of another way out is left behind.
    const request = new Request(input, init)
    const answer = await safeFetch(url, { ...defaults, ...(await optionsOf(request)) })
    if (!answer.ok) throw errorOf(answer.problem, request.signal)
    const { status, headers, body, url: from } = answer.value
    if (request.redirect === 'error' && status >= 300 && status < 400 && headers.has('location'))
      throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') })
    const response = new Response(BARE.has(status) ? null : new Uint8Array(body), { status, headers })
    return Object.defineProperties(response, { url: { value: from }, redirected: { value: from !== request.url } })
  }
}

async function optionsOf(request: Request): Promise<OutboundOptions> {
  const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
  return {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body,
    redirects: request.redirect === 'follow' ? FOLLOWED : 0,
    signal: request.signal,
  }
}

function errorOf(problem: Problem, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (problem.code === 'OUTBOUND_TIMEOUT') return new DOMException(problem.title, 'TimeoutError')
  return new TypeError('fetch failed', { cause: problem })
}
