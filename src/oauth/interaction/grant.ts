import type Provider from 'oidc-provider'

type MissingDetails = {
  readonly missingOIDCScope?: readonly string[]
  readonly missingOIDCClaims?: readonly string[]
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>
}

/** What an authorization request asks a person to agree to, as the library tells it. */
export type Asked = {
  readonly grantId?: string | undefined
  readonly clientId: string
  readonly personId: string
  readonly details: MissingDetails
}

/** Writes down that a person agrees to all that is asked. @returns the id of the grant */
export async function agree(provider: Provider, { grantId, clientId, personId, details }: Asked): Promise<string> {
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = known ?? new provider.Grant({ accountId: personId, clientId })
  if (details.missingOIDCScope !== undefined) grant.addOIDCScope(details.missingOIDCScope.join(' '))
  if (details.missingOIDCClaims !== undefined) grant.addOIDCClaims([...details.missingOIDCClaims])
  for (const [resource, scopes] of Object.entries(details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '))
  }
  return grant.save()
}
