import type { ControlApp } from '../http/index.ts'
import { startEntitySweep } from './entity/sweep.ts'
import { interactionRoutes } from './interaction/routes.ts'
import type { ProviderDeps } from './provider/deps.ts'
import { openProtocolServer, type ProtocolServer } from './provider/dispatcher.ts'
import { mountProtocol } from './provider/mount.ts'
import { tellProtocol } from './provider/tell.ts'

/** The authorization server (RFC 6749, OpenID Connect Core): what answers at `/oauth`. */
export type AuthorizationServer = {
  readonly protocol: ProtocolServer
  readonly routes: (app: ControlApp) => Promise<void>
  /** Deletes now what expired, as happens each minute. @returns whether it was done here */
  readonly sweep: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

/**
 * Opens the authorization server.
 *
 * @example const server = await openAuthorizationServer({ store, secrets, audit, clock, issuer, settings, … })
 */
export async function openAuthorizationServer(deps: ProviderDeps): Promise<AuthorizationServer> {
  const protocol = await openProtocolServer(deps, (provider) => tellProtocol(provider, deps))
  const sweep = startEntitySweep(deps)
  const findClient = async (id: string) => deps.clients.findClient(id)
  return Object.freeze({
    protocol,
    routes: async (app: ControlApp) => {
      await app.register(interactionRoutes({ server: protocol, findClient }))
      await app.register(mountProtocol(protocol))
    },
    sweep: sweep.run,
    stop: async () => {
      protocol.stop()
      await sweep.stop()
    },
  })
}
