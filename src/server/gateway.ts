import { requireStep } from '../access/index.ts'
import type { Config, Route } from '../config/index.ts'
import type { Authenticator, Step } from '../core/index.ts'
import { createGateway, type Gateway } from '../gateway/index.ts'
import { readKey } from '../keys/index.ts'
import { createLimitsStep } from '../limits/index.ts'
import { createIdentityTokens } from '../oauth/index.ts'
import type { Metrics } from './metrics.ts'
import type { System } from './system.ts'

/** Builds the gateway out of what the modules lend it: who is asking, the steps of each route, what happened. */
export function buildGateway(system: System, metrics: Metrics): Gateway {
  const { config, limits, audit, clock, signingKeys } = system
  const authenticators = authenticatorsOf(system)
  return createGateway({
    config: config.gateway,
    authenticators: (route) =>
      route.authenticate.map((name) => authenticators[name][route.credentials.query ? 'query' : 'plain']),
    steps: (route) => stepsOf(route, limits),
    identity: createIdentityTokens({ signingKeys, issuer: config.issuer, clock }),
    record: audit.record,
    looksLikeCredential: (text) => readKey(text, config.keys.brand).is === 'prefixed',
    clock,
    observe: (sample) => observe(metrics, sample),
  })
}

type Names = Record<
  Config['gateway']['routes'][number]['authenticate'][number],
  { plain: Authenticator; query: Authenticator }
>

function authenticatorsOf({ keys }: System): Names {
  return { apiKey: { plain: keys.authenticator({ query: false }), query: keys.authenticator({ query: true }) } }
}

function stepsOf(route: Route, limits: System['limits']): Step[] {
  return [createLimitsStep(limits.check, route.id, route.limits), requireStep(route.require)].filter(
    (step) => step !== null,
  )
}
