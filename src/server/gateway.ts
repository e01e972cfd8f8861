import { createProperties, requireStep } from '../access/index.ts'
import type { Route } from '../config/index.ts'
import type { Authenticator, EventInput, Step } from '../core/index.ts'
import { createGateway, type Gateway } from '../gateway/index.ts'
import { looksLikeKey } from '../keys/index.ts'
import { createLimitsStep } from '../limits/index.ts'
import { createIdentityTokens, withScopeChallenge } from '../oauth/index.ts'
import type { GatewayDoors } from './doors/gateway-doors.ts'
import { createInputRules } from './input-rules.ts'
import type { Metrics } from './metrics.ts'
import { createOutputRules } from './output-rules.ts'
import { recordRequests } from './record.ts'
import { frontOf } from './route-fronts.ts'
import { accessStepsOf, rulesOf } from './route-rules.ts'
import type { System } from './system.ts'
import { isToken, type Tokens } from './tokens.ts'

/** Builds the gateway out of what the modules lend it: who is asking, the steps of each route, what happened. */
export function buildGateway(
  system: System,
  metrics: Metrics,
  ready: () => Promise<boolean>,
  doors: Partial<GatewayDoors> = {},
): Gateway<Route> {
  const { config, keys, clock, signingKeys, identity, tokens, log, uses } = system
  const properties = createProperties(config.access.properties, uses.note)
  const { decisions, relations, geo } = system
  const deciding = {
    properties,
    gateway: config.gateway,
    relations,
    note: uses.note,
    decisions: { questionOf: decisions.questionOf, ...decisions.check, countryOf: geo.countryOf },
  }
  const input = createInputRules({ gateway: config.gateway, record: system.audit.record })
  const output = createOutputRules({ config, record: system.audit.record })
  const gateway = createGateway<Route>({
    config: { ...config.gateway, routes: config.gateway.routes.map(withAuthenticators).map(input.bounded) },
    host: config.host,
    authenticators: {
      apiKey: keys.authenticator({ query: false }),
      [WITH_QUERY]: keys.authenticator({ query: true }),
      session: identity.authenticator,
      ...tokenAuthenticators(config.gateway.routes, tokens),
    },
    steps: (route) => [...stepsOf(route, system), ...accessStepsOf(route, deciding), ...input.of(route).steps],
    rules: (route) => output.around(route, rulesOf(route, properties, input.of(route))),
    front: (route) => frontOf(config.gateway, route),
    resourceAt: tokens.resources.at,
    identity: createIdentityTokens({ signingKeys, issuer: config.issuer, clock }),
    record: recordRequests(system),
    looksLikeCredential: (text) => looksLikeKey(text, config.keys.brand),
    clock,
    ready,
    ...doors,
    onRequest: (event) => observe(metrics, event),
    onCrash: (error, requestId) => log.error({ err: error, requestId }, 'a request failed'),
  })
  metrics.targets(gateway.upstreams)
  return gateway
}

const WITH_QUERY = 'apiKey, in the query too'

const tokensOf = (route: string) => `tokens of ${route}`

// What a route asks of tokens is its own, so each has an authenticator of its own.
function tokenAuthenticators(routes: readonly Route[], tokens: Tokens): Record<string, Authenticator> {
  const made = routes.map((route) => [tokensOf(route.id), tokens.authenticatorOf(route)] as const)
  return Object.fromEntries(
    made.flatMap(([name, authenticator]) => (authenticator === null ? [] : [[name, authenticator]])),
  )
}

// Keys come first, because they leave to tokens what has the form of one; a token that is no good ends it. A key in the
// query is read by an authenticator of its own, so that no other route can read one by mistake.
function withAuthenticators(route: Route): Route {
  const { id, authenticate, credentials } = route
  const names = [
    ...authenticate.filter((name) => name === 'apiKey').map((name) => (credentials.query ? WITH_QUERY : name)),
    ...(authenticate.some(isToken) ? [tokensOf(id)] : []),
    ...authenticate.filter((name) => name !== 'apiKey' && !isToken(name)),
  ]
  return { ...route, authenticate: names as never }
}

function stepsOf(route: Route, system: System): Step[] {
  const { claimsOf } = system.tokens
  const limit = createLimitsStep(system.limits.check, route.id, route.limits, { claimsOf })
  return [limit, requiredOf(route, system)].filter((step) => step !== null)
}

function requiredOf({ id, authenticate, require }: Route, { uses, tokens: { resources } }: System): Step | null {
  const step = requireStep(require, uses.note)
  if (step === null || !(authenticate as readonly string[]).includes(tokensOf(id))) return step
  return withScopeChallenge(step, { scopes: require.scopes, resourceMetadata: resources.addressFor(id) })
}

function observe(metrics: Metrics, { method, route, status, duration, code }: EventInput): void {
  const endpoint = route ?? 'none'
  metrics.request({ method: method ?? 'other', endpoint, status: status ?? 0, seconds: (duration ?? 0) / 1000 })
  if (status === 401) metrics.authFailure(code ?? 'unknown')
  if (status === 429) metrics.rateLimitHit(endpoint)
}
