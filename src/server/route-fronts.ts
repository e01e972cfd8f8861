import type { Config, Route } from '../config/index.ts'
import type { FrontParts } from '../gateway/index.ts'
import { corsRule, securityHeaders, withChanges } from '../guard/index.ts'

/** What the gateway says on behalf of a route in every answer; null is where no route speaks. */
export function frontOf({ headers, cors }: Config['gateway'], route: Route | null): FrontParts {
  const said = route === null ? headers : withChanges(headers, route.output.headers)
  const origins = corsRule(route?.cors ?? cors, route?.match.methods ?? null)
  return {
    heads: [securityHeaders(said, headers.hsts), origins].filter((rule) => rule !== null),
    preflight: origins?.preflight ?? null,
  }
}
