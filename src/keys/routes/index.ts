import type { ControlApp } from '../../http/index.ts'
import { approvalRoutes } from './approvals.ts'
import type { KeyRouteDeps } from './deps.ts'
import { distantRoutes } from './distant.ts'
import { exchangeRoutes } from './exchange.ts'
import { importRoutes } from './import.ts'
import { leakRoutes } from './leaked.ts'
import { lifeRoutes } from './life.ts'
import { patternRoutes } from './pattern.ts'
import { registryRoutes } from './registry.ts'
import { rotationRoutes } from './rotation.ts'
import { serviceRoutes } from './services.ts'
import { signatureKeyRoutes } from './signature-keys.ts'
import { usageRoutes } from './usage.ts'
import { verifyRoutes } from './verify.ts'

/** The HTTP routes of keys and services, for a Fastify child scope. */
export function keyRoutes(deps: KeyRouteDeps): (app: ControlApp) => Promise<void> {
  return async (app) => {
    verifyRoutes(app, deps)
    distantRoutes(app, deps)
    exchangeRoutes(app, deps)
    importRoutes(app, deps)
    leakRoutes(app, deps)
    registryRoutes(app, deps)
    lifeRoutes(app, deps)
    rotationRoutes(app, deps)
    approvalRoutes(app, deps)
    signatureKeyRoutes(app, deps)
    usageRoutes(app, deps)
    serviceRoutes(app, deps)
    patternRoutes(app, deps)
  }
}
