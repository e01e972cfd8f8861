import type { ControlApp } from '../../http/index.ts'
import type { Rollout } from '../rollout.ts'
import { configurationRoutes } from './configuration.ts'
import { routeRoutes } from './routes.ts'

/** The HTTP routes of the gateway's configuration, for a Fastify child scope. */
export function rolloutRoutes(deps: { readonly rollout: Rollout }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    configurationRoutes(app, deps)
    routeRoutes(app, deps)
  }
}
