import type { WebSocketSettings } from './websocket/websocket.ts'

/** What the gateway needs of an upstream's configuration. */
export type UpstreamSettings = {
  /** Origins, with an optional base path: `http://127.0.0.1:9090` or `https://api.internal/v2`. */
  readonly targets: readonly string[]
  /** The most connections to each target. */
  readonly connections: number
  /** Milliseconds. `headers` and `body` are the longest silence, not the whole duration. */
  readonly timeouts: { readonly connect: number; readonly headers: number; readonly body: number }
  /** Shares by target; 1 for those that are not named. */
  readonly weights?: Readonly<Record<string, number>>
  /** Milliseconds in which the share of a target grows that came back. */
  readonly slowStart?: number | null
  readonly health?: HealthSettings | null
  readonly breaker?: BreakerSettings | null
  readonly retries?: RetrySettings | null
}

/** Questions to each target, whether it is well. Milliseconds. */
export type HealthSettings = {
  readonly path: string
  readonly interval: number
  readonly timeout: number
  /** How many answers in a row change what is known. */
  readonly healthy: number
  readonly unhealthy: number
  /** The statuses of a target that is well. */
  readonly statuses: readonly number[]
}

export type BreakerSettings = {
  /** Failures in a row. */
  readonly failures: number
  /** Statuses that count as failures. */
  readonly statuses: readonly number[]
  /** Milliseconds. */
  readonly open: number
}

export type RetrySettings = {
  /** How often a request is sent at most, the first time included. */
  readonly attempts: number
  readonly on: readonly ('connect' | 'timeout' | '502' | '503' | '504')[]
  readonly methods: readonly string[]
  /** Milliseconds for the head of each answer, or null for those of the upstream. */
  readonly timeout: number | null
  /** Percent of the requests. */
  readonly budget: number
  /** Bytes of a body that are kept to be sent again. */
  readonly maxBody: number
}

/** Which requests a route is about. */
export type MatchSettings = {
  readonly path: string
  readonly methods: readonly string[] | null
  /** `api.example.com`, or `*.example.com` for any one label. Null for every host. */
  readonly host?: string | null
  /** Headers that must be there: with a value, or with any where it is null. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** What parameters of the path must look like: see readPattern in core. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** What the gateway needs of a route's configuration. The rest of it belongs to whoever makes the route's steps. */
export type RouteSettings = {
  readonly id: string
  readonly match: MatchSettings
  readonly upstream: string
  readonly authenticate: readonly string[]
  readonly public: boolean
  /** WebSockets, where the route takes any. */
  readonly websocket?: WebSocketSettings | null
  /** Only for clients that prove a certificate. */
  readonly clientCertificate?: boolean
  readonly input: { readonly maxBody: number }
  /** What happens while limits cannot be shared by all processes. They are held by each for itself unless said. */
  readonly whenDown?: 'closed' | 'open-with-local-limits'
  /** Whether each request is counted together with those of all processes before it is let through; so unless said. */
  readonly counting?: 'exact' | 'approximate'
  /** Units that a request takes of each limit, and others by method; 1 unless said. */
  readonly cost?: number
  readonly costs?: Readonly<Record<string, number>>
  /** Other proxies may ask whether its requests may pass. */
  readonly decisions?: boolean
  readonly timeouts?: { readonly total: number | null }
  readonly rewrite?: RewriteSettings
}

/** What is changed on the way to the upstream and back. Values may hold `{parameter}`. */
export type RewriteSettings = {
  readonly stripPrefix: string | null
  /** The path that the upstream is asked for; `/**` at its end stands for what `**` of the route matched. */
  readonly path?: string | null
  readonly host?: string | null
  readonly headers?: { readonly request: HeaderChangeSettings; readonly response: HeaderChangeSettings }
}

export type HeaderChangeSettings = {
  /** Replaces. */
  readonly set: Readonly<Record<string, string>>
  readonly add: Readonly<Record<string, string>>
  readonly remove: readonly string[]
}

export type GatewaySettings<Route extends RouteSettings = RouteSettings> = {
  readonly port: number
  /** Networks whose `Forwarded` and `X-Forwarded-For` are believed. */
  readonly trustedProxies: readonly string[]
  /** The header in which those proxies name the client's certificate. */
  readonly clientCertificateHeader?: string | null
  /** Networks of balancers that say by the PROXY protocol who is behind them. */
  readonly proxyProtocol?: { readonly from: readonly string[] } | null
  /** The door at which other proxies ask. */
  readonly decisions?: { readonly port: number; readonly callers: readonly string[] } | null
  /** Hosts that are served, `*.` for any one label; empty for all. */
  readonly hosts?: readonly string[]
  readonly upstreams: Readonly<Record<string, UpstreamSettings>>
  readonly routes: readonly Route[]
}

/** Bounds of the door itself, in milliseconds and bytes. Together they bound what an unknown client can hold. */
export type TransportSettings = {
  /** To send the whole head of a request. */
  readonly headTimeout: number
  /** To send a whole request, body included. */
  readonly requestTimeout: number
  /** An idle connection is kept this long. */
  readonly keepAlive: number
  readonly connections: number
  /** To decide on a request, whatever the steps wait for. */
  readonly decideTimeout: number
  /** Bytes of a refused body that are read and dropped, so that the client gets to see the answer. */
  readonly lingerBytes: number
  readonly lingerTime: number
}

export const TRANSPORT: TransportSettings = Object.freeze({
  headTimeout: 15_000,
  requestTimeout: 300_000,
  keepAlive: 65_000,
  connections: 16_384,
  decideTimeout: 10_000,
  lingerBytes: 1_048_576,
  lingerTime: 2_000,
})
