import type { Config, Route } from '../../config/index.ts'
import type { FrontParts } from '../../gateway/index.ts'
import { absence, corsRule, lifecycleHead, securityHeaders, withChanges } from '../../guard/index.ts'

/** What the gateway says on behalf of a route in every answer; null is where no route speaks. */
export function frontOf({ headers, cors, internalNetworks }: Config['gateway'], route: Route | null): FrontParts {
  const said = route === null ? headers : withChanges(headers, route.output.headers)
  const origins = corsRule(route?.cors ?? cors, route?.match.methods ?? null)
  const life = route?.lifecycle ?? null
  return {
    heads: [securityHeaders(said, headers.hsts), origins, life === null ? null : lifecycleHead(life)].filter(
      (rule) => rule !== null,
    ),
    preflight: origins?.preflight ?? null,
    absent: life === null ? null : absence(life, internalNetworks),
  }
}
