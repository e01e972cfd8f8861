import type { ControlApp } from '../../http/index.ts'
import { accountRoutes } from './account.ts'
import { authRoutes } from './auth.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { enrollRoutes } from './enroll.ts'
import { factorRoutes } from './factors.ts'
import { magicLinkRoutes } from './magic-link.ts'
import { organizationRoutes } from './organizations/routes.ts'
import { passkeyRoutes } from './passkeys.ts'
import { passwordRoutes } from './password.ts'
import { recoveryRoutes } from './recovery.ts'
import { registerRoutes } from './register.ts'
import { sessionRoutes } from './sessions.ts'
import { stepUpRoutes } from './step-up.ts'
import { userAccessRoutes } from './user-access.ts'
import { userRoutes } from './users.ts'
import { verifyRoutes } from './verify.ts'

/** The HTTP routes of people, for a Fastify child scope. */
export function identityRoutes(deps: IdentityRouteDeps): (app: ControlApp) => Promise<void> {
  return async (app) => {
    authRoutes(app, deps)
    registerRoutes(app, deps)
    verifyRoutes(app, deps)
    passwordRoutes(app, deps)
    accountRoutes(app, deps)
    userRoutes(app, deps)
    userAccessRoutes(app, deps)
    recoveryRoutes(app, deps)
    enrollRoutes(app, deps)
    magicLinkRoutes(app, deps)
    factorRoutes(app, deps)
    stepUpRoutes(app, deps)
    sessionRoutes(app, deps)
    organizationRoutes(app, deps)
    passkeyRoutes(app, deps)
  }
}
