import type { Adapter } from 'oidc-provider'
import { IDENTITY_SCOPES, type OauthClient } from '../client/client.ts'
import { metadataOf } from '../client/client-metadata.ts'
import { withOwnSessionGrant } from '../direct/grant-type.ts'
import type { ProviderDeps } from './deps.ts'
import { signedFor } from './fapi2.ts'

/** The scopes of this server itself; those of APIs belong to their resource. */
export const OWN_SCOPES: ReadonlySet<string> = new Set([...IDENTITY_SCOPES, 'roles', 'permissions'])

/**
 * Lends the registry of clients to the library, which only ever asks for one.
 *
 * @param keep told of each that was found
 */
export function createClientAdapter(
  { clients, settings, signingKeys }: Pick<ProviderDeps, 'clients' | 'settings' | 'signingKeys'>,
  keep: (client: OauthClient) => unknown,
): Adapter {
  const refused = async () => {
    throw new Error('clients are kept by their registry')
  }
  return {
    upsert: refused,
    consume: refused,
    destroy: refused,
    revokeByGrantId: refused,
    findByUid: refused,
    findByUserCode: refused,
    find: async (id) => {
      const client = await clients.findClient(id)
      if (client === null) return undefined
      keep(client)
      const metadata = { ...signedFor(client, signingKeys.algorithms), ...metadataOf(client, OWN_SCOPES) }
      return (settings.passwordTokens ? withOwnSessionGrant(client, metadata) : metadata) as never
    },
  }
}
