import { requireStep } from '../access/index.ts'
import type { Route } from '../config/index.ts'
import type { EventInput, Step } from '../core/index.ts'
import { createGateway, type Gateway } from '../gateway/index.ts'
import { looksLikeKey } from '../keys/index.ts'
import { createLimitsStep } from '../limits/index.ts'
import { createIdentityTokens } from '../oauth/index.ts'
import type { Metrics } from './metrics.ts'
import { recordRequests } from './record.ts'
import type { System } from './system.ts'

/** Builds the gateway out of what the modules lend it: who is asking, the steps of each route, what happened. */
export function buildGateway(system: System, metrics: Metrics, ready: () => Promise<boolean>): Gateway<Route> {
  const { config, keys, limits, clock, signingKeys, log } = system
  return createGateway<Route>({
    config: { ...config.gateway, routes: config.gateway.routes.map(withAuthenticators) },
    host: config.host,
    authenticators: {
      apiKey: keys.authenticator({ query: false }),
      [WITH_QUERY]: keys.authenticator({ query: true }),
    },
    steps: (route) => stepsOf(route, limits),
    identity: createIdentityTokens({ signingKeys, issuer: config.issuer, clock }),
    record: recordRequests(system),
    looksLikeCredential: (text) => looksLikeKey(text, config.keys.brand),
    clock,
    ready,
    onRequest: (event) => observe(metrics, event),
    onCrash: (error, requestId) => log.error({ err: error, requestId }, 'a request failed'),
  })
}

const WITH_QUERY = 'apiKey, in the query too'

// A key in the query is read by an authenticator of its own, so that no other route can read one by mistake.
function withAuthenticators(route: Route): Route {
  if (!route.credentials.query) return route
  return { ...route, authenticate: route.authenticate.map((name) => (name === 'apiKey' ? WITH_QUERY : name)) as never }
}

function stepsOf(route: Route, limits: System['limits']): Step[] {
  return [createLimitsStep(limits.check, route.id, route.limits), requireStep(route.require)].filter(
    (step) => step !== null,
  )
}

function observe(metrics: Metrics, { method, route, status, duration, code }: EventInput): void {
  const endpoint = route ?? 'none'
  metrics.request({ method: method ?? 'other', endpoint, status: status ?? 0, seconds: (duration ?? 0) / 1000 })
  if (status === 401) metrics.authFailure(code ?? 'unknown')
  if (status === 429) metrics.rateLimitHit(endpoint)
}
