import { createProperties, requireStep } from '../../access/index.ts'
import type { Config, Route } from '../../config/index.ts'
import type { Authenticator, Step } from '../../core/index.ts'
import type { GatewaySettings, Lent, RouteRules } from '../../gateway/index.ts'
import { createLimitsStep } from '../../limits/index.ts'
import { withScopeChallenge } from '../../oauth/index.ts'
import type { System } from '../system.ts'
import { flowsOf } from './flows.ts'
import { createInputRules } from './input-rules.ts'
import { learningFields } from './learning.ts'
import type { Tiers } from './limits.ts'
import { createOutputRules } from './output-rules.ts'
import { frontOf } from './route-fronts.ts'
import { accessStepsOf, rulesOf } from './route-rules.ts'
import { holdSignedBodies, signatureAuthenticators, signaturesOf } from './signed-requests.ts'
import { isToken, type RouteTokens } from './tokens.ts'

/** A configuration as the gateway loads it, with all that its routes need of the other modules. */
export type Lending = Required<Omit<Lent<Route>, 'upstreamTls'>> & { readonly config: GatewaySettings<Route> }

/**
 * Makes what turns settings into what the gateway loads.
 *
 * @returns a function that throws for documents that cannot be used, naming the route
 */
export function createLending(system: System): (settings: Config['gateway']) => Lending {
  const { config, keys, identity, uses, decisions, relations, geo } = system
  const properties = createProperties(config.access.properties, uses.note)
  const { record } = system.audit
  const output = createOutputRules({ config, record })
  const fixed = {
    apiKey: keys.authenticator({ query: false }),
    [WITH_QUERY]: keys.authenticator({ query: true }),
    session: system.tiers.held(identity.authenticator),
  }
  const deciding = {
    properties,
    relations,
    note: uses.note,
    decisions: { questionOf: decisions.questionOf, ...decisions.check, countryOf: geo.countryOf },
  }

  return (settings) => {
    const { routes } = settings
    const input = createInputRules({ gateway: settings, record })
    const tokens = system.tokens.ofRoutes(routes)
    const access = { ...deciding, gateway: settings }
    const flows = flowsOf(system.flows)
    const rulesFor = (route: Route): RouteRules => {
      const rules = holdSignedBodies(route, rulesOf(route, properties, input.of(route)))
      return output.around(route, learningFields(route.id, rules, system.inventory))
    }
    const flowOf = (route: Route) => (route.flow === null ? null : flows.of(route, rulesFor(route).body.length > 0))
    return {
      config: { ...settings, routes: routes.map(withAuthenticators).map(input.bounded) },
      authenticators: {
        ...fixed,
        ...tokenAuthenticators(routes, tokens, system.tiers.held),
        ...signatureAuthenticators(routes, keys),
      },
      steps: (route) => [
        ...stepsOf(route, system, tokens),
        ...accessStepsOf(route, access),
        ...input.of(route).steps,
        ...lastStep(flowOf(route)),
      ],
      rules: (route) => ({ ...rulesFor(route), last: flowOf(route)?.last ?? null }),
      front: (route) => frontOf(settings, route),
      resourceAt: tokens.resources.at,
      ownPages: flows.pages(routes),
    }
  }
}

// What is counted is counted when nothing else stands in the way.
function lastStep(flow: { readonly step: Step } | null): Step[] {
  return flow === null ? [] : [flow.step]
}

const WITH_QUERY = 'apiKey, in the query too'

const tokensOf = (route: string) => `tokens of ${route}`

// What a route asks of tokens is its own, so each has an authenticator of its own.
function tokenAuthenticators(
  routes: readonly Route[],
  ofRoutes: RouteTokens,
  held: Tiers['held'],
): Record<string, Authenticator> {
  const made = routes.map((route) => [tokensOf(route.id), ofRoutes.authenticatorOf(route)] as const)
  return Object.fromEntries(
    made.flatMap(([name, authenticator]) => (authenticator === null ? [] : [[name, held(authenticator)]])),
  )
}

// A request that is signed must be signed rightly, whatever else it shows. Then keys come, because they leave to tokens
// what has the form of one; a token that is no good ends it. A key in the query is read by an authenticator of its own,
// so that no other route can read one by mistake.
function withAuthenticators(route: Route): Route {
  const { id, authenticate, credentials } = route
  const names = [
    ...(authenticate.includes('signature') ? [signaturesOf(id)] : []),
    ...authenticate.filter((name) => name === 'apiKey').map((name) => (credentials.query ? WITH_QUERY : name)),
    ...(authenticate.some(isToken) ? [tokensOf(id)] : []),
    ...authenticate.filter((name) => name !== 'apiKey' && name !== 'signature' && !isToken(name)),
  ]
  return { ...route, authenticate: names as never }
}

function stepsOf(route: Route, system: System, { resources }: RouteTokens): Step[] {
  const { claimsOf } = system.tokens
  const knowledge = { claimsOf, countryOf: system.geo.countryOf }
  const limit = createLimitsStep(system.limits.check, route.id, route.limits, knowledge)
  return [limit, requiredOf(route, system, resources)].filter((step) => step !== null)
}

function requiredOf(
  { id, authenticate, require }: Route,
  { uses }: System,
  resources: RouteTokens['resources'],
): Step | null {
  const step = requireStep(require, uses.note)
  if (step === null || !(authenticate as readonly string[]).includes(tokensOf(id))) return step
  return withScopeChallenge(step, { scopes: require.scopes, resourceMetadata: resources.addressFor(id) })
}
