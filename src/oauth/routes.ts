import type { ControlApp } from '../http/index.ts'
import type { SigningKeys } from './signing-key/open.ts'
import { signingKeyRoutes } from './signing-key/routes.ts'

/** Every route of this module. */
export function oauthRoutes(deps: { signingKeys: SigningKeys }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    signingKeyRoutes(app, deps)
  }
}
