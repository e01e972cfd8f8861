import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import {
  type Authentication,
  type Authenticator,
  anonymous,
  type EventInput,
  type Principal,
  type Request,
  type Step,
} from '../core/index.ts'
import { createGateway, type Gateway, type GatewayDeps } from './gateway.ts'
import type { RouteSettings, UpstreamSettings } from './settings.ts'

/** A key that the test world knows, and one that only looks like one. */
export const KEY = 'sp_test_0123456789abcdefghijKLMNOPQRST'
export const WRONG_KEY = 'sp_test_ffffffffffffffffffffFFFFFFFFFF'

/** What an upstream saw of a request. */
export type Seen = {
  readonly method: string
  readonly url: string
  readonly lines: readonly string[]
  readonly header: (name: string) => string | undefined
  readonly body: Buffer
}

export type Recorder = {
  readonly origin: string
  readonly server: Server
  /** Requests that arrived whole. */
  readonly seen: Seen[]
  /** Every request whose head arrived, as `METHOD url`. */
  readonly heads: string[]
  close(): Promise<void>
}

/** An upstream that records what it sees. Answers `{"ok":true}` unless told otherwise. */
export async function openRecorder(
  answer?: (incoming: IncomingMessage, response: ServerResponse, body: () => Promise<Buffer>) => void,
): Promise<Recorder> {
  const seen: Seen[] = []
  const heads: string[] = []
  const server = createServer({ maxHeaderSize: 65_536 }, (incoming, response) => {
    heads.push(`${incoming.method} ${incoming.url}`)
    const body = once(async () => {
      const bytes = await readAll(incoming)
      seen.push(sighting(incoming, bytes))
      return bytes
    })
    incoming.on('error', () => undefined)
    if (answer !== undefined) {
      answer(incoming, response, body)
      return
    }
    body().then(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'),
      () => undefined,
    )
  })
  const port = await listen(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    server,
    seen,
    heads,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function sighting(incoming: IncomingMessage, body: Buffer): Seen {
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    lines: incoming.rawHeaders,
    header: (name) => {
      const value = incoming.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    body,
  }
}

/** An authenticator that takes `Authorization: Bearer KEY`, and `?api_key=KEY` when told so. */
export function keyAuthenticator(principal: Principal = someService(), query = false): Authenticator {
  return {
    name: 'apiKey',
    challenge: 'Bearer realm="sallyport"',
    authenticate: (incoming: Request): Authentication => {
      const header = incoming.header('authorization')?.replace(/^Bearer /, '')
      const inQuery = query ? new URLSearchParams(incoming.query).get('api_key') : null
      const shown = header ?? inQuery
      if (shown === null || shown === undefined) return { is: 'absent' }
      if (shown !== KEY) return { is: 'refused', problem: BAD_KEY, credential: 'key_wrong' }
      const spent =
        header === undefined ? { headers: [], query: ['api_key'] } : { headers: ['authorization'], query: [] }
      return { is: 'known', principal, spent }
    },
  }
}

const BAD_KEY = {
  code: 'KEY_INVALID',
  status: 401,
  title: 'Invalid key',
  detail: 'The API key is not valid.',
  headers: { 'www-authenticate': 'Bearer realm="sallyport", error="invalid_token"' },
}

export function someService(over: Partial<Principal> = {}): Principal {
  return {
    ...anonymous,
    kind: 'service',
    id: 'svc_one',
    organization: 'org_default',
    scopes: ['orders:read', 'orders:write'],
    credential: { kind: 'api_key', id: 'key_one' },
    ...over,
  }
}

export function someRoute(over: Partial<RouteSettings> = {}): RouteSettings {
  return {
    id: 'orders',
    match: { path: '/orders/**', methods: null },
    upstream: 'orders',
    authenticate: ['apiKey'],
    public: false,
    input: { maxBody: 1_048_576 },
    ...over,
  }
}

export type World = {
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  readonly events: EventInput[]
  readonly crashes: unknown[]
  /** Waits for the next Event that is not taken yet, in order. */
  nextEvent(): Promise<EventInput>
  close(): Promise<void>
}

type Options = Partial<Omit<GatewayDeps<RouteSettings>, 'config'>> & {
  readonly targets?: readonly string[]
  readonly routes?: readonly RouteSettings[]
  readonly trustedProxies?: readonly string[]
  readonly proxyProtocol?: { readonly from: readonly string[] }
  readonly upstream?: Partial<UpstreamSettings>
}

/** A gateway that listens, before the given targets, with one protected and one public route unless told otherwise. */
export async function openWorld(options: Options): Promise<World> {
  const events: EventInput[] = []
  const crashes: unknown[] = []
  let taken = 0
  const gateway = createGateway({
    authenticators: { apiKey: keyAuthenticator() },
    steps: (): readonly Step[] => [],
    identity: () => undefined,
    looksLikeCredential: (text) => text.startsWith('sp_') && text.length > 20,
    clock: { now: () => Date.now() },
    ready: () => true,
    onCrash: (error) => crashes.push(error),
    ...options,
    record: options.record ?? ((event) => events.push(event)),
    config: settingsOf(options),
  })
  await gateway.listen()
  const url = gateway.address()
  return {
    gateway,
    url,
    port: Number(new URL(url).port),
    events,
    crashes,
    nextEvent: async () => {
      await until(() => events.length > taken)
      return events[taken++] as EventInput
    },
    close: () => gateway.close(),
  }
}

export function settingsOf({ targets, routes, trustedProxies, upstream, proxyProtocol }: Options) {
  return {
    port: 0,
    trustedProxies: trustedProxies ?? [],
    proxyProtocol: proxyProtocol ?? null,
    upstreams: {
      orders: {
        targets: targets ?? ['http://127.0.0.1:1'],
        connections: 32,
        timeouts: { connect: 2_000, headers: 5_000, body: 5_000 },
        ...upstream,
      },
    },
    routes: routes ?? [
      someRoute(),
      someRoute({ id: 'open', match: { path: '/open/**', methods: null }, authenticate: [], public: true }),
    ],
  }
}

/** What came back over a bare socket. */
export type RawAnswer = { readonly text: string; readonly status: number; readonly closed: boolean }

/**
 * Writes bytes as they are and reads what comes back, until the connection is closed or it is quiet for a while.
 * For what no client library would send.
 */
export function sendRaw(port: number, bytes: string | Buffer, quiet = 150): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const finish = (closed: boolean) => {
      socket.destroy()
      resolve({ text, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), closed })
    }
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      socket.setTimeout(quiet)
    })
    socket.setTimeout(2_000, () => finish(false))
    socket.on('close', () => finish(true))
    socket.on('error', () => undefined)
    socket.write(bytes)
  })
}

/** The head of a request with the right key, for {@link sendRaw}. */
export function rawHead(line: string, ...headers: readonly string[]): string {
  return `${[line, 'Host: api.test', `Authorization: Bearer ${KEY}`, ...headers].join('\r\n')}\r\n\r\n`
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  json(): Record<string, unknown>
}

type Ask = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Buffer | string
}

/** A whole exchange with a real client. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: headers as Record<string, string>, agent: false }, (incoming) => {
      readAll(incoming).then((bytes) => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          rawHeaders: incoming.rawHeaders,
          body: bytes,
          json: () => JSON.parse(bytes.toString()),
        })
      }, reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

export const withKey = Object.freeze({ authorization: `Bearer ${KEY}` })

export function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  return (async () => {
    const pieces: Buffer[] = []
    for await (const piece of stream) pieces.push(piece)
    return Buffer.concat(pieces)
  })()
}

/** Waits until something is so; fails after five seconds. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 5_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export function listen(server: Server | import('node:net').Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

export function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => undefined)
  })
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
