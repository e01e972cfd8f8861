import { randomBytes } from 'node:crypto'
import type { ControlApp } from '../../http/index.ts'
import type { Clients } from '../client/clients.ts'
import type { ClientDeps } from '../client/deps.ts'
import { clientPepperOf } from '../client/secret.ts'
import type { ProviderDeps } from '../provider/deps.ts'
import { createClientDocuments } from './documents.ts'
import { registrationEndpoint } from './endpoint.ts'
import { createInitialTokens } from './initial-tokens.ts'
import { createRegistrationManagement } from './manage.ts'
import { createRegister } from './register.ts'
import { registrationTokenRoutes } from './routes.ts'

export type Registration = {
  /** The registry, and beside it clients that are a document. */
  readonly clients: Clients
  readonly routes: (app: ControlApp) => Promise<void>
}

/** Opens the ways in which clients come by themselves (row O6). What is switched off has no route. */
export async function openRegistration(
  given: Omit<ProviderDeps, 'revokeSigned'>,
  endIssued: ClientDeps['endIssued'],
): Promise<Registration> {
  const pepper = clientPepperOf(await given.secrets.keep('oauth.clients', () => randomBytes(32)))
  const deps = { ...given, pepper, endIssued }
  const documents = createClientDocuments({ ...deps, fetch: deps.fetchDocument })
  const register = createRegister(deps)
  const management = createRegistrationManagement(deps)
  const tokens = createInitialTokens(deps)
  const isOpen = deps.settings.registration !== 'closed'
  return Object.freeze({
    clients: {
      ...deps.clients,
      findClient: (id: string) => (documents.isDocument(id) ? documents.find(id) : deps.clients.findClient(id)),
    },
    routes: async (app: ControlApp) => {
      await app.register(async (own) => registrationTokenRoutes(own, { tokens }))
      if (isOpen) await app.register(registrationEndpoint({ issuer: deps.issuer, register, management }))
    },
  })
}
