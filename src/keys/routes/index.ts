import type { ControlApp } from '../../http/index.ts'
import type { KeyRouteDeps } from './deps.ts'
import { lifeRoutes } from './life.ts'
import { patternRoutes } from './pattern.ts'
import { registryRoutes } from './registry.ts'
import { serviceRoutes } from './services.ts'
import { usageRoutes } from './usage.ts'
import { verifyRoutes } from './verify.ts'

/** The HTTP routes of keys and services, for a Fastify child scope. */
export function keyRoutes(deps: KeyRouteDeps): (app: ControlApp) => Promise<void> {
  return async (app) => {
    verifyRoutes(app, deps)
    registryRoutes(app, deps)
    lifeRoutes(app, deps)
    usageRoutes(app, deps)
    serviceRoutes(app, deps)
    patternRoutes(app, deps)
  }
}
