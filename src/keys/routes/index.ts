import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../core/index.ts'
import type { ControlApp } from '../../http/index.ts'
import type { Keys } from '../keys.ts'
import { lifeRoutes } from './life.ts'
import { patternRoutes } from './pattern.ts'
import { registryRoutes } from './registry.ts'
import { serviceRoutes } from './services.ts'
import { verifyRoutes } from './verify.ts'

/** What the routes of this module are given. */
export type KeyRouteDeps = { readonly keys: Keys; readonly audit: Audit; readonly clock: Clock }

/** The HTTP routes of keys and services, for a Fastify child scope. */
export function keyRoutes(deps: KeyRouteDeps): (app: ControlApp) => Promise<void> {
  return async (app) => {
    verifyRoutes(app, deps)
    registryRoutes(app, deps)
    lifeRoutes(app, deps)
    serviceRoutes(app, deps)
    patternRoutes(app, deps)
  }
}
