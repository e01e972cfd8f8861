import type { Config, Route } from '../config/index.ts'
import type { FrontParts } from '../gateway/index.ts'
import { securityHeaders, withChanges } from '../guard/index.ts'

/** What the gateway says on behalf of a route in every answer; null is where no route speaks. */
export function frontOf({ headers }: Config['gateway'], route: Route | null): FrontParts {
  const said = route === null ? headers : withChanges(headers, route.output.headers)
  return { heads: [securityHeaders(said, headers.hsts)].filter((rule) => rule !== null) }
}
