import type { LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import { done, type Result, refused } from '../core/index.ts'
import { type BodyWish, readBody } from './body.ts'
import type { Hop } from './hop.ts'
import { type OutboundCode, refuseOutbound } from './problems.ts'
import type { OutboundSettings } from './settings.ts'

export type OutboundAnswer = {
  readonly status: number
  readonly headers: Headers
  /** Unpacked. */
  readonly body: Buffer
  /** Where the answer came from, after redirects. */
  readonly url: string
}

/** Who we are to the other side, and whom we believe. In PEM. */
export type OutboundTls = {
  readonly certificate?: string
  readonly key?: string
  /** Believed in place of the authorities of the system. */
  readonly authority?: string
}

/** What of an answer is taken. */
export type Wish = BodyWish & { readonly accept: readonly string[] }

/** Milliseconds that a connection waits for the next request to the same origin. */
const KEEP_ALIVE = 4_000
const LARGEST_HEAD = 16_384

/** Opens a client that asks `lookup` for every address and no proxy of the environment. Nothing is connected yet. */
export async function openAgent(
  lookup: LookupFunction,
  settings: OutboundSettings,
  tls: OutboundTls,
): Promise<Dispatcher> {
  const { Agent } = await import('undici')
  return new Agent({
    // Said aloud, so that no variable of the environment takes it away.
    connect: {
      lookup,
      timeout: settings.connectTimeout,
      rejectUnauthorized: true,
      ...(tls.certificate === undefined ? {} : { cert: tls.certificate, key: tls.key }),
      ...(tls.authority === undefined ? {} : { ca: tls.authority }),
    },
    connections: settings.perHost,
    keepAliveTimeout: KEEP_ALIVE,
    keepAliveMaxTimeout: KEEP_ALIVE,
    maxHeaderSize: LARGEST_HEAD,
    // One clock for all of it is the signal.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  })
}

/**
 * Sends one request and reads its answer.
 *
 * @throws what the connection or the look-up threw
 */
export async function send(
  agent: Dispatcher,
  url: URL,
  hop: Hop,
  wish: Wish,
  signal: AbortSignal,
): Promise<Result<OutboundAnswer>> {
  const { origin, pathname, search } = url
  const method = hop.method as Dispatcher.HttpMethod
  const { headers: sent, body: content } = hop
  const request = { origin, path: pathname + search, method, headers: sent, body: content, signal }
  const { statusCode: status, headers: raw, body } = await agent.request(request)
  const headers = headersFrom(raw)
  const code = early(status, headers, method, wish)
  if (code !== null) {
    body.on('error', () => {}).destroy()
    return refused(refuseOutbound(code, { reason: `answered ${status}` }))
  }
  const bytes = await readBody(body, headers.get('content-encoding') ?? '', wish)
  for (const name of ['content-encoding', 'content-length']) headers.delete(name)
  return done(Object.freeze({ status, headers, body: bytes, url: url.href }))
}

// What the head says already need not be read.
function early(status: number, headers: Headers, method: string, { accept, maxBytes, cut }: Wish): OutboundCode | null {
  if (status >= 200 && status < 300 && !isAccepted(headers.get('content-type') ?? '', accept))
    return 'OUTBOUND_TYPE_WRONG'
  const length = Number(headers.get('content-length') ?? 0)
  return method !== 'HEAD' && !cut && length > maxBytes ? 'OUTBOUND_TOO_LARGE' : null
}

function isAccepted(type: string, accept: readonly string[]): boolean {
  const essence = type.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return (
    accept.length === 0 ||
    accept.some((it) => it === essence || (it.endsWith('/*') && essence.startsWith(it.slice(0, -1))))
  )
}

function headersFrom(raw: Dispatcher.ResponseData['headers']): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    for (const one of [value ?? []].flat()) headers.append(name, one)
  }
  return headers
}
