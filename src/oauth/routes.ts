import type { ControlApp } from '../http/index.ts'
import type { Clients } from './client/clients.ts'
import { clientRoutes } from './client/routes.ts'
import type { SigningKeys } from './signing-key/open.ts'
import { pasetoRoutes } from './signing-key/paseto-routes.ts'
import { signingKeyRoutes } from './signing-key/routes.ts'

/** Every route of this module. */
export function oauthRoutes(deps: { signingKeys: SigningKeys; clients: Clients }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    signingKeyRoutes(app, deps)
    pasetoRoutes(app, deps)
    clientRoutes(app, deps)
  }
}
