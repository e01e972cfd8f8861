import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Clock, systemClock } from '../../src/core/index.ts'
import type { Reply } from './control.ts'
import { type Cookie, type Jar, openJar } from './cookies.ts'

/** Headers of one request; null takes away what would be sent otherwise. */
export type Sent = Readonly<Record<string, string | null>>

/** An object is sent as JSON, a string as it stands, `URLSearchParams` as a form. */
type Ask = (path: string, body?: unknown, headers?: Sent) => Promise<Reply>

export type VisitorOptions = {
  /** What `Origin` says; that of the base address unless told, null for none. */
  readonly origin?: string | null
  readonly userAgent?: string
  /** The address it comes from, one of 127.0.0.0/8. */
  readonly address?: string
  /** Its `Accept-Language`. */
  readonly language?: string
  /** When its cookies expire; the system's clock unless told. */
  readonly clock?: Clock
}

/**
 * A person with a browser, as far as HTTP goes: cookies of its own, and the headers that browsers add and pages cannot
 * forge. It follows no redirect, and sends its cookies on requests of other sites too, which a browser might not.
 */
export type Visitor = {
  readonly get: Ask
  readonly post: Ask
  readonly patch: Ask
  readonly put: Ask
  readonly delete: Ask
  /** What it has now, for assertions; `HttpOnly` ones too. */
  readonly cookies: () => readonly Cookie[]
  /** Another one with the same cookies: who stole them, when the address or device differs. */
  readonly copy: (otherwise?: VisitorOptions) => Visitor
  /** Forgets its cookies, as a closed private window does. */
  readonly forget: () => void
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** @param baseUrl `http://127.0.0.1:PORT` or `http://localhost:PORT` */
export function openVisitor(baseUrl: string, options: VisitorOptions = {}): Visitor {
  return visitorWith(openJar(), baseUrl, options)
}

function visitorWith(jar: Jar, baseUrl: string, options: VisitorOptions): Visitor {
  const { now } = options.clock ?? systemClock
  const ask =
    (method: string): Ask =>
    async (path, body, headers = {}) => {
      const url = new URL(path, baseUrl)
      const usual = { ...usualHeaders(method, url, options), cookie: jar.headerFor(url, now()) }
      const answer = await send(
        url,
        method,
        options.address,
        withoutNulls({ ...usual, ...typeOf(body), ...lower(headers) }),
        body,
      )
      jar.keep(answer.headers['set-cookie'] ?? [], url, now())
      return replyOf(answer)
    }
  return Object.freeze({
    get: ask('GET'),
    post: ask('POST'),
    patch: ask('PATCH'),
    put: ask('PUT'),
    delete: ask('DELETE'),
    cookies: () => jar.list(now()),
    copy: (otherwise = {}) => visitorWith(jar.copy(), baseUrl, { ...options, ...otherwise }),
    forget: () => jar.empty(),
  } satisfies Visitor)
}

// A page that asks its own server: browsers leave Origin away where nothing can be changed (Fetch 3.2).
function usualHeaders(method: string, url: URL, options: VisitorOptions): Sent {
  const origin = options.origin === undefined ? url.origin : options.origin
  return {
    accept: 'application/json',
    'accept-language': options.language ?? null,
    'user-agent': options.userAgent ?? FIREFOX,
    origin: method === 'GET' ? null : origin,
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
  }
}

function typeOf(body: unknown): Sent {
  if (body === undefined) return {}
  return { 'content-type': body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json' }
}

const lower = (headers: Sent): Sent =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const withoutNulls = (headers: Sent): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))

function send(
  url: URL,
  method: string,
  address: string | undefined,
  headers: OutgoingHttpHeaders,
  body: unknown,
): Promise<IncomingMessage> {
  const bytes = body === undefined ? '' : isText(body) ? String(body) : JSON.stringify(body)
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(bytes) }
  const from = address === undefined ? {} : { localAddress: address, family: 4 }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { ...headers, ...length }, agent: false, ...from }, resolve)
    asked.on('error', reject)
    asked.end(bytes)
  })
}

const isText = (body: unknown): boolean => typeof body === 'string' || body instanceof URLSearchParams

async function replyOf(answer: IncomingMessage): Promise<Reply> {
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const came = await text(answer)
  const isJson = /[/+]json\b/.test(headers.get('content-type') ?? '')
  return { status: answer.statusCode ?? 0, headers, body: came === '' ? null : isJson ? JSON.parse(came) : came }
}
