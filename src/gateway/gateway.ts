import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Authenticator, Clock, EventInput, Principal, Request, Step } from '../core/index.ts'
import { LONGEST_TARGET, MOST_HEADER_BYTES } from '../pipeline/index.ts'
import { openDecisions } from './decisions/decisions.ts'
import type { Door, Snapshot } from './door.ts'
import { type Explanation, explain, type Question } from './explain.ts'
import { STAGES } from './judge.ts'
import { type LoadParts, loadSnapshot } from './load.ts'
import { type FrontParts, UNREAD, writeFront } from './passage/front.ts'
import { Passage } from './passage/passage.ts'
import type { RouteRules } from './passage/rules.ts'
import { createWatch } from './passage/watch.ts'
import { refuseRequest } from './problems.ts'
import { answerResource, type ResourceAt } from './route/resource-metadata.ts'
import { type GatewaySettings, type RouteSettings, TRANSPORT, type TransportSettings } from './settings.ts'
import { createSnapshots } from './snapshots.ts'
import { createConnections } from './transport/connections.ts'
import { drainServer } from './transport/drain.ts'
import { listenOn, portOf } from './transport/listen.ts'
import { answerOwn, type OwnPages } from './transport/own-pages.ts'
import { answerProbe, type Probes } from './transport/probes.ts'
import { openProxied, type Proxied } from './transport/proxied.ts'
import { openRedirect } from './transport/redirect.ts'
import { overTls, type Secured } from './transport/secured.ts'
import { figuresOf, type TargetFigures } from './upstream/target-figures.ts'
import type { UpstreamTls } from './upstream/upstream-connector.ts'
import { createTunnels } from './websocket/tunnels.ts'

// An import statement would read every export of node:http, and with them Node's own fetch: 30 ms of a start.
const { createServer, ServerResponse: ServerMessage } = process.getBuiltinModule('node:http')

export type GatewayDeps<Route extends RouteSettings> = {
  readonly config: GatewaySettings<Route>
  /** The address to listen on; 127.0.0.1 unless said otherwise. */
  readonly host?: string
  /** By the names that routes use. */
  readonly authenticators: Readonly<Record<string, Authenticator>>
  /** The steps of a route, made once when it is loaded. */
  readonly steps: (route: Route) => readonly Step[]
  /** What a route makes of the bodies of requests and answers, made once when it is loaded. Nothing unless given. */
  readonly rules?: (route: Route) => RouteRules
  /** What is said in every answer on a route, made once when it is loaded; null asks for where no route speaks. */
  readonly front?: (route: Route | null) => FrontParts
  /** The signed identity of a principal for an upstream, if it gets one. */
  readonly identity: (principal: Principal, audience: string) => string | undefined | Promise<string | undefined>
  readonly record: (event: EventInput) => void
  /** Whether somebody may be told in the head of an answer what each stage said. Nobody unless given. */
  readonly mayExplain?: (principal: Principal) => boolean
  /** Whether a text has the form of a credential of ours, valid or not. */
  readonly looksLikeCredential: (text: string) => boolean
  readonly clock: Clock
  readonly ready: () => boolean | Promise<boolean>
  /** Told of each request when it is over, for metrics and the inventory. Null for one that could not be read. */
  readonly onRequest?: (event: EventInput, request: Request | null) => void
  /** Told of exceptions: bugs and broken machines. */
  readonly onCrash?: (error: unknown, requestId: string) => void
  /** Paths on this port that answer health checks. None unless named: every path belongs to the routes. */
  readonly probes?: Probes
  /** What is told about the APIs behind the routes to who asks for it (RFC 9728). Nothing unless given. */
  readonly resourceAt?: ResourceAt
  /** What is answered here, whatever the routes are. Nothing unless given. */
  readonly ownPages?: OwnPages | null
  readonly transport?: Partial<TransportSettings>
  /** Certificates, where TLS ends here. Without it the port speaks plain HTTP. */
  readonly tls?: Secured | null
  /** A port without TLS that sends everybody to the one with it; `to` is the port that clients see, if another. */
  readonly redirect?: { readonly from: number; readonly to: number | null } | null
  /** How the targets of an upstream are met over TLS. As the system does unless given. */
  readonly upstreamTls?: (name: string) => UpstreamTls | null
}

/** What a configuration needs to be loaded, and what goes with it. */
export type Lent<Route extends RouteSettings = RouteSettings> = Pick<
  GatewayDeps<Route>,
  'authenticators' | 'steps' | 'rules' | 'front' | 'resourceAt' | 'ownPages' | 'upstreamTls'
>

export type Gateway<Route extends RouteSettings = RouteSettings> = {
  readonly server: Server
  /** Starts to listen. Rejects when a port is taken. */
  readonly listen: () => Promise<void>
  /** Where it listens, such as `http://127.0.0.1:8080` or `https://…`. Throws before {@link Gateway.listen}. */
  readonly address: () => string
  /** The port that sends to https, or null. */
  readonly redirectPort: () => number | null
  /** The port at which other proxies ask for decisions, or null. */
  readonly decisionsPort: () => number | null
  /** What would happen to a request, stage by stage. Forwards nothing and charges nothing. */
  readonly explain: (question: Question) => Promise<Explanation>
  /** Every stage of a request, in order. */
  readonly stages: readonly string[]
  /**
   * Puts another configuration in place for requests that begin from now on. It is loaded whole before; when that
   * throws, the one before stays. The port stays as it is.
   *
   * @param lent what is lent to its routes, where that is something else than at the start
   */
  readonly reload: (config: GatewaySettings<Route>, lent?: Partial<Lent<Route>>) => void
  /** What was sent to each target, and how it is. */
  readonly upstreams: () => readonly TargetFigures[]
  /**
   * Something about a credential, a principal or an organization changed, by its id; null when what changed is not known. Their WebSockets
   * are closed with 1008: who may still open one does it again.
   */
  readonly changed: (id: string | null) => void
  /** How many requests are under way. */
  readonly underWay: () => number
  /** Stops letting in, and waits for what is under way. Answers how many requests had to be broken off. */
  readonly drain: (milliseconds: number) => Promise<number>
  /** Stops at once and gives everything back. Works after half a start, and more than once. */
  readonly close: () => Promise<void>
}

/**
 * Makes the gateway: a reverse proxy that refuses by default.
 *
 * @throws Error for a configuration that does not load: a route without an authenticator that is not public, an
 *   unknown authenticator or upstream, two routes for the same requests
 * @example
 * const gateway = createGateway({ config, authenticators: { apiKey }, steps, identity, record, … })
 * await gateway.listen()
 */
export function createGateway<Route extends RouteSettings>(deps: GatewayDeps<Route>): Gateway<Route> {
  const { clock, host = '127.0.0.1' } = deps
  const transport = { ...TRANSPORT, ...deps.transport }
  let parts: LoadParts<Route> = { ...deps, now: clock.now, before: null }
  const snapshots = createSnapshots(loadSnapshot(deps.config, parts))
  let draining = false
  let listens = false
  const watch = createWatch()

  const door: Door = {
    now: clock.now,
    snapshot: snapshots.current,
    front: () => snapshots.current().front,
    release: snapshots.release,
    draining: () => draining,
    watch,
    tunnels: createTunnels(),
    transport,
    identity: deps.identity,
    mayExplain: deps.mayExplain ?? (() => false),
    looksLikeCredential: deps.looksLikeCredential,
    record: recorder(deps),
    crashed: deps.onCrash ?? (() => undefined),
  }

  const proxied = openProxied(deps.config.proxyProtocol ?? null, door)
  const server = openServer(door, { ...deps, proxied })
  const redirect = openRedirect(deps, {
    proxied,
    now: clock.now,
    hosts: () => snapshots.current().reading.hosts ?? null,
    port: () => portOf(server),
  })

  const decisions = openDecisions(deps.config.decisions ?? null, door)

  return Object.freeze({
    server,
    listen: async () => {
      await listenOn(server, deps.config.port, host)
      listens = true
      startUpstreams(snapshots.current())
      await redirect?.listen(host)
      await decisions?.listen(host)
    },
    address: () => addressOf(server, (deps.tls ?? null) === null ? 'http' : 'https'),
    redirectPort: () => redirect?.port() ?? null,
    decisionsPort: () => decisions?.port() ?? null,
    explain: (question: Question) => explain(question, snapshots.current(), clock.now()),
    stages: STAGES,
    reload: (config: GatewaySettings<Route>, lent: Partial<Lent<Route>> = {}) => {
      const next = { ...parts, ...lent }
      snapshots.replace(loadSnapshot(config, { ...next, before: snapshots.current() }))
      parts = next
      if (listens) startUpstreams(snapshots.current())
    },
    upstreams: () => figuresOf(snapshots.current().upstreams),
    changed: (id: string | null) => watch.each((one) => one.changed?.(id)),
    underWay: watch.size,
    drain: (milliseconds: number) => {
      draining = true
      redirect?.close()
      decisions?.drain()
      return drainServer(server, milliseconds, watch)
    },
    close: async () => {
      draining = true
      redirect?.close()
      await drainServer(server, 0, watch)
      decisions?.close()
      server.close()
      watch.stop()
      await Promise.all([...snapshots.current().upstreams.values()].map((upstream) => upstream.destroy()))
    },
  })
}

type Opening = Pick<GatewayDeps<RouteSettings>, 'probes' | 'ready' | 'tls'> & {
  readonly proxied: Proxied
}

function openServer(door: Door, deps: Opening): Server {
  const { transport } = door
  const { probes = {}, ready, tls = null } = deps
  const settings = {
    // The head may hold the longest target besides the headers; each is measured by itself later.
    maxHeaderSize: MOST_HEADER_BYTES + LONGEST_TARGET + 1024,
    headersTimeout: transport.headTimeout,
    requestTimeout: transport.requestTimeout,
    keepAliveTimeout: transport.keepAlive,
    connectionsCheckingInterval: Math.min(1_000, transport.headTimeout),
    // Ours to check: it must become a problem and an Event.
    requireHostHeader: false,
    // All else that asks for another protocol is answered in this one.
    shouldUpgradeCallback: isWebSocket,
  }
  const server = tls === null ? createServer(settings) : openTlsServer(settings, tls)
  server.maxHeadersCount = 0
  server.maxConnections = transport.connections
  const over = tls === null ? undefined : (socket: Socket) => overTls(socket as TLSSocket, tls, door.now)
  const connections = createConnections(door, deps.proxied.addressOf, over)
  deps.proxied.before(server)

  type How = { readonly expectsContinue?: boolean; readonly upgrade?: Socket }

  function receive(incoming: IncomingMessage, response: ServerResponse, how: How = {}): void {
    const asking = { incoming, response, head: () => writeFront([], door.front(), UNREAD) }
    if (answerProbe(probes, asking, () => !door.draining() && ready())) return
    if (answerResource(door.snapshot(), asking)) return
    if (answerOwn(door.snapshot().ownPages, asking, door)) return
    const connection = connections.of(incoming.socket, door.snapshot().reading.trusted)
    if (connection === null) return void incoming.socket.destroy()
    const passage = new Passage(door, incoming, response, connection.peer, how)
    connection.current = passage
    door.watch.add(passage)
    response.on('close', () => {
      if (connection.current === passage) connection.current = null
      passage.close()
    })
    // A client that breaks off is seen by the closing of the response; the error itself says no more.
    response.on('error', ignore)
    passage.begin()
  }

  server.on('request', (incoming, response) => receive(incoming, response))
  server.on('checkContinue', (incoming, response) => receive(incoming, response, { expectsContinue: true }))
  server.on('checkExpectation', (incoming, response) => receive(incoming, response))
  server.on('upgrade', (incoming, socket, head) => {
    const upgrade = socket as Socket
    if (head.length > 0)
      connections.refuse(upgrade, refuseRequest('REQUEST_MALFORMED', { reason: 'bytes behind a handshake' }))
    else receive(incoming, responseOn(upgrade, incoming), { upgrade })
  })
  server.on('clientError', (error, socket) => connections.unreadable(error, socket as Socket))
  server.on('connect', (_, socket) => {
    connections.refuse(socket as Socket, refuseRequest('REQUEST_TARGET_INVALID', { reason: 'CONNECT' }))
  })
  return server
}

function openTlsServer(settings: ServerOptions & { readonly headersTimeout: number }, tls: Secured): Server {
  const handshakeTimeout = settings.headersTimeout
  const { createServer: createTlsServer } = process.getBuiltinModule('node:https')
  const server = createTlsServer({ ...settings, ...tls.options(), handshakeTimeout })
  let generation = tls.generation()
  tls.follow((context) => {
    server.setSecureContext(context)
    // Who is still heard by a certificate of before has to show it again.
    if (tls.generation() !== generation) server.closeIdleConnections()
    generation = tls.generation()
  })
  return server
}

function startUpstreams({ upstreams }: Snapshot): void {
  for (const upstream of upstreams.values()) upstream.start()
}

function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

// Of a connection that node reads no more: refusals are written as everywhere, and end it.
function responseOn(socket: Socket, incoming: IncomingMessage): ServerResponse {
  const response = new ServerMessage(incoming)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on('finish', () => socket.destroySoon())
  socket.on('error', ignore)
  return response
}

function ignore(): void {}

function recorder({
  record,
  onRequest,
  onCrash,
}: Pick<GatewayDeps<RouteSettings>, 'record' | 'onRequest' | 'onCrash'>) {
  return (event: EventInput, request: Request | null = null) => {
    try {
      record(event)
      if (event.type.startsWith('request.')) onRequest?.(event, request)
    } catch (error) {
      onCrash?.(error, event.requestId ?? '')
    }
  }
}

function addressOf(server: Server, scheme: 'http' | 'https'): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the gateway does not listen')
  return `${scheme}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
