import type { ControlApp } from '../../../http/index.ts'
import type { IdentityRouteDeps } from '../deps.ts'
import { domainRoutes } from './domains.ts'
import { invitationRoutes } from './invitations.ts'
import { memberRoutes } from './members.ts'
import { tenantRoutes } from './organizations.ts'

/** Organizations, who belongs to them, and what does (row I13). */
export function organizationRoutes(app: ControlApp, deps: IdentityRouteDeps): void {
  tenantRoutes(app, deps)
  memberRoutes(app, deps)
  invitationRoutes(app, deps)
  domainRoutes(app, deps)
}
