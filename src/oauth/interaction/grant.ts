import type Provider from 'oidc-provider'
import type { Asked } from '../consent/consent.ts'

type Grant = InstanceType<Provider['Grant']>

/** Adds to a grant what a person agrees to. */
export function addToGrant(grant: Grant, { scopes, claims, resources, details }: Asked): void {
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '))
  if (claims.length > 0) grant.addOIDCClaims([...claims])
  for (const [resource, names] of Object.entries(resources)) {
    if (names.length > 0) grant.addResourceScope(resource, names.join(' '))
  }
  for (const detail of details) grant.addRar(detail as never)
}

/** Whether a grant has not all of what is wanted of it. */
export function lacks(grant: Grant | undefined, { scopes, claims, resources }: Asked): boolean {
  const granted = new Set(grant?.getOIDCScope().split(' '))
  const told = new Set(grant?.getOIDCClaims())
  if (scopes.some((scope) => !granted.has(scope)) || claims.some((claim) => !told.has(claim))) return true
  return Object.entries(resources).some(([resource, names]) => {
    const has = new Set(grant?.getResourceScope(resource).split(' '))
    return names.some((name) => !has.has(name))
  })
}

/**
 * Writes down for the library that a person agrees, in the grant that is there or a new one.
 *
 * @returns the id of the grant
 */
export async function writeGrant(
  provider: Provider,
  parties: { readonly grantId?: string | undefined; readonly clientId: string; readonly personId: string },
  asked: Asked,
): Promise<string> {
  const { grantId, clientId, personId } = parties
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = known?.accountId === personId ? known : new provider.Grant({ accountId: personId, clientId })
  addToGrant(grant, asked)
  return grant.save()
}
