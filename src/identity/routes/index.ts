import type { ControlApp } from '../../http/index.ts'
import { authRoutes } from './auth.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { enrollRoutes } from './enroll.ts'
import { factorRoutes } from './factors.ts'
import { magicLinkRoutes } from './magic-link.ts'
import { stepUpRoutes } from './step-up.ts'
import { passkeyRoutes } from './passkeys.ts'
import { sessionRoutes } from './sessions.ts'

/** The HTTP routes of people, for a Fastify child scope. */
export function identityRoutes(deps: IdentityRouteDeps): (app: ControlApp) => Promise<void> {
  return async (app) => {
    authRoutes(app, deps)
    enrollRoutes(app, deps)
    magicLinkRoutes(app, deps)
    factorRoutes(app, deps)
    stepUpRoutes(app, deps)
    sessionRoutes(app, deps)
    passkeyRoutes(app, deps)
  }
}
