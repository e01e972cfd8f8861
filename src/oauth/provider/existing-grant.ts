import type Provider from 'oidc-provider'
import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'
import { type Asked, agreedOf, NOTHING_ASKED } from '../consent/consent.ts'
import type { Consents } from '../consent/consents.ts'
import { addToGrant, lacks } from '../interaction/grant.ts'
import { askedIn } from './asked.ts'
import { currentSession, type OwnSession } from './own-session.ts'

type Grant = InstanceType<Provider['Grant']>

/**
 * Finds what a person agreed to already, so that nobody is asked twice: the grant of this browser, and what was agreed in
 * any other (row O7). Our own programs get what they ask for. A grant of another organization than the one that the
 * person acts in is none.
 */
export function createGrantLoader(deps: {
  readonly consents: Pick<Consents, 'agreedWith'>
  readonly recordOf: (client: Client | undefined) => OauthClient | null
  readonly organizationOfGrant: (grantId: string) => Promise<string | null>
}) {
  return async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const own = currentSession()
    const client = deps.recordOf(ctx.oidc.client)
    if (own === null || client === null) return undefined
    const kept = await keptGrant(ctx, own)
    const granted = await grantable(own, client, askedIn(ctx))
    if (!lacks(kept, granted)) return kept
    const { Grant } = ctx.oidc.provider
    const grant = kept ?? new Grant({ accountId: own.personId, clientId: client.id })
    addToGrant(grant, granted)
    await grant.save()
    return grant
  }

  async function keptGrant(ctx: KoaContextWithOIDC, own: OwnSession): Promise<Grant | undefined> {
    const { result, session, client, provider } = ctx.oidc
    const id = result?.consent?.grantId ?? session?.grantIdFor(client?.clientId ?? '')
    const grant = id === undefined ? undefined : await provider.Grant.find(id)
    if (id === undefined || grant?.accountId !== own.personId) return undefined
    return (await deps.organizationOfGrant(id)) === own.organization ? grant : undefined
  }

  /** What of a request need not be asked for. */
  async function grantable(own: OwnSession, client: OauthClient, asked: Asked): Promise<Asked> {
    if (client.consent === 'never') return { ...asked, details: [] }
    if (client.consent === 'always') return NOTHING_ASKED
    const { personId, organization } = own
    return agreedOf(asked, await deps.consents.agreedWith({ personId, organization, clientId: client.id }))
  }
}
