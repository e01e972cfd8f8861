import type Provider from 'oidc-provider'
import { apiScopesOf, type OauthClient } from '../client/client.ts'
import { wrapGrantType } from '../provider/library.ts'

/**
 * A client that acts in its own name and asks for no scope is given all that it has for the API (RFC 6749, section 3.3,
 * leaves it to the server): a token without any is of no use.
 */
export function giveOwnScopes(
  provider: Provider,
  findClient: (id: string) => OauthClient | null | Promise<OauthClient | null>,
): void {
  wrapGrantType(provider, 'client_credentials', (own) => async (ctx) => {
    const { params, client } = ctx.oidc
    const record = params.scope === undefined ? await findClient(client.clientId) : null
    const scopes = apiScopesOf(record?.scopes ?? [])
    if (scopes.length > 0) Object.assign(params, { scope: scopes.join(' ') })
    await own(ctx)
  })
}
