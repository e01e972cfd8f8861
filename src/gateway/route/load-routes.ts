import {
  type Authenticator,
  headerFault,
  type RouteIdentity,
  readPattern,
  type Step,
  type TextPattern,
} from '../../core/index.ts'
import { byStage, challengeOf, encodePath, type Guard } from '../../pipeline/index.ts'
import { type Front, type FrontParts, loadFront, PLAIN_FRONT } from '../passage/front.ts'
import { NO_RULES, type RouteRules } from '../passage/rules.ts'
import type { RouteSettings } from '../settings.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { WebSocketSettings } from '../websocket/websocket.ts'
import { loadRewrite, type Rewrite } from './rewrite.ts'

/** A route with every setting inside: nothing is looked up by name when a request comes. */
export type LoadedRoute = Guard & {
  readonly id: string
  /** In lower case; `*.` at its start stands for one label. Null for any. */
  readonly host: string | null
  readonly path: string
  /** What parameters of the path must look like. */
  readonly patterns: ReadonlyMap<string, TextPattern>
  /** In order of their names. */
  readonly headers: readonly HeaderCondition[]
  readonly methods: readonly string[] | null
  readonly upstream: Upstream
  /** Milliseconds for the whole exchange, or null. */
  readonly total: number | null
  readonly stripPrefix: StrippedPrefix | null
  readonly rewrite: Rewrite | null
  readonly clientCertificate: boolean
  readonly websocket: WebSocketSettings | null
  readonly rules: RouteRules
  readonly front: Front
  /** Other proxies may ask whether its requests may pass. */
  readonly decisions: boolean
}

/** A header that a request must have: with this value, or with any where it is null. */
export type HeaderCondition = { readonly name: string; readonly value: string | null }

/** The start of a path that the upstream does not see, as it is written and as it is encoded. */
export type StrippedPrefix = { readonly plain: string; readonly encoded: string }

export type RouteParts<Route extends RouteSettings> = {
  readonly authenticators: Readonly<Record<string, Authenticator>>
  readonly steps: (route: Route) => readonly Step[]
  readonly rules?: (route: Route) => RouteRules
  readonly front?: (route: Route) => FrontParts
  readonly upstreams: ReadonlyMap<string, Upstream>
}

/**
 * Loads a route, or refuses to.
 *
 * @throws Error for a route that would not protect what it seems to: without an authenticator and not public, with an
 *   unknown authenticator or upstream, or with a step of an unknown stage
 */
export function loadRoute<Route extends RouteSettings>(settings: Route, parts: RouteParts<Route>): LoadedRoute {
  const { id } = settings
  const fail = (why: string): never => {
    throw new Error(`route ${id}: ${why}`)
  }
  const upstream = parts.upstreams.get(settings.upstream) ?? fail(`upstream ${settings.upstream} does not exist`)
  const authenticators = settings.authenticate.map((name) =>
    Object.hasOwn(parts.authenticators, name)
      ? (parts.authenticators[name] as Authenticator)
      : fail(`authenticator ${name} does not exist`),
  )
  if (authenticators.length === 0 && settings.public !== true) fail('has no authenticator and is not public')
  if (!Number.isSafeInteger(settings.input.maxBody) || settings.input.maxBody < 0) fail('maxBody is not a size')
  const rules = orNone(parts.rules?.(settings) ?? NO_RULES)
  const { body, query, before, last = null } = rules
  if (settings.decisions === true && (body.length > 0 || query !== null || before !== null || last !== null))
    fail('looks further than the head of a request, which is all that a decision is about')
  return Object.freeze({
    id,
    host: checkedHost(settings.match.host ?? null, fail),
    path: checkedPath(settings.match.path, fail),
    patterns: checkedPatterns(settings, fail),
    headers: checkedHeaders(settings.match.headers ?? {}, fail),
    methods: settings.match.methods,
    identity: identityOf(settings),
    authenticators,
    challenge: challengeOf(authenticators),
    steps: sorted(parts.steps(settings), fail),
    upstream,
    maxBody: settings.input.maxBody,
    total: settings.timeouts?.total ?? null,
    stripPrefix: checkedPrefix(settings, fail),
    rewrite: checkedRewrite(settings, fail),
    clientCertificate: settings.clientCertificate === true,
    websocket: settings.websocket ?? null,
    rules,
    front: loadFront(parts.front?.(settings) ?? PLAIN_FRONT),
    decisions: settings.decisions === true,
  })
}

function identityOf({ id, public: open, whenDown, counting, cost = 1, costs = {} }: RouteSettings): RouteIdentity {
  return Object.freeze({
    id,
    public: open,
    ...(whenDown === 'closed' && SHARED_ONLY),
    ...(counting === 'approximate' && APPROXIMATE),
    ...(cost !== 1 && { cost }),
    ...(Object.keys(costs).length > 0 && { costs: new Map(Object.entries(costs)) }),
  })
}

const SHARED_ONLY = { sharedLimitsOnly: true } as const
const APPROXIMATE = { approximateLimits: true } as const

// Routes without rules take the shorter way.
function orNone(rules: RouteRules): RouteRules {
  const { body, query, before, answer } = rules
  return body.length === 0 && query === null && before === null && answer.length === 0 ? NO_RULES : rules
}

type Fail = (why: string) => never

function sorted(steps: readonly Step[], fail: Fail): Guard['steps'] {
  try {
    return byStage(steps)
  } catch (error) {
    return fail((error as Error).message)
  }
}

function checkedPath(path: string, fail: Fail): string {
  if (!path.startsWith('/')) fail('path must start with "/"')
  const segments = path.slice(1).split('/')
  const empty = segments.slice(0, -1).includes('')
  const stars = segments.slice(0, -1).some((segment) => segment.includes('*'))
  if (empty || stars) fail('path must have no empty segment, and "*" or "**" only at its end')
  for (const segment of segments) {
    if (!SEGMENT.test(segment))
      fail(`path has "${segment}", which is neither plain, nor one {parameter}, nor "*" or "**"`)
  }
  return path
}

const SEGMENT = /^(\{[A-Za-z]\w*\}|\*{1,2}|[^{}*%?#;\\]*)$/

function checkedRewrite(settings: RouteSettings, fail: Fail): Rewrite | null {
  try {
    return loadRewrite(settings)
  } catch (error) {
    return fail((error as Error).message)
  }
}

function checkedHost(host: string | null, fail: Fail): string | null {
  if (host !== null && !HOST.test(host)) fail(`host ${host} is none in lower case, with at most "*." before it`)
  return host
}

const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$|^\[[0-9a-f:.]+\]$/

function checkedPatterns({ match }: RouteSettings, fail: Fail): ReadonlyMap<string, TextPattern> {
  const patterns = new Map<string, TextPattern>()
  for (const [name, source] of Object.entries(match.parameters ?? {})) {
    const pattern = readPattern(source)
    if (typeof pattern === 'string') return fail(`the pattern of {${name}} ${pattern}`)
    if (!match.path.split('/').includes(`{${name}}`)) fail(`path has no parameter {${name}}`)
    patterns.set(name, pattern)
  }
  return patterns
}

function checkedHeaders(wanted: Readonly<Record<string, string | null>>, fail: Fail): readonly HeaderCondition[] {
  return Object.entries(wanted)
    .map(([text, value]) => {
      const wrong = headerFault(text, 'match')
      if (wrong !== null) fail(`header ${text} ${wrong}`)
      return { name: text.toLowerCase(), value }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function checkedPrefix({ match, rewrite }: RouteSettings, fail: Fail): StrippedPrefix | null {
  const prefix = rewrite?.stripPrefix ?? null
  if (prefix === null) return null
  const starts = match.path === prefix || match.path.startsWith(`${prefix}/`)
  const plain = !/[{}*]/.test(prefix) && prefix.startsWith('/') && !prefix.endsWith('/')
  if (!starts || !plain) fail('stripPrefix must be whole plain segments that its path starts with')
  return { plain: prefix, encoded: encodePath(prefix) }
}
