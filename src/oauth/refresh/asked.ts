import { hash, type X509Certificate } from 'node:crypto'
import type { TokenEndpointGrantContext } from 'oidc-provider'
import { entityDigest } from '../entity/entity.ts'
import { checkMtlsCert, validateDpop } from '../provider/library.ts'

type Proof = { readonly thumbprint: string; readonly jti: string; readonly iat: number }

/** A refresh token that is presented by its client, and what is asked with it. */
export type Asked = {
  readonly digest: Uint8Array
  /** Of all that must be the same for the same answer: the client, what it asks for, and the key that it proves. */
  readonly binding: Uint8Array
  readonly grantId: string
  readonly personId: string
  readonly proof: Proof | undefined
}

/**
 * Reads what a client asks with a refresh token; null for one that is not there, or not its own: the library has words for
 * that.
 *
 * @throws what the library throws for a DPoP proof that is not good
 */
export async function askedWith(ctx: TokenEndpointGrantContext): Promise<Asked | null> {
  const { provider, client } = ctx.oidc
  const text = ctx.oidc.params.refresh_token
  if (typeof text !== 'string') return null
  const token = await provider.RefreshToken.find(text, { ignoreExpiration: true })
  if (token?.clientId !== client.clientId || token.grantId === undefined || token.accountId === undefined) return null
  const certificate = checkMtlsCert(provider, ctx)
  // The library looks at the certificate where the token wants one and the client does not.
  if (token['x5t#S256'] !== undefined && certificate === undefined) return null
  const proof = await validateDpop(provider, ctx)
  return {
    digest: entityDigest('RefreshToken', text),
    binding: bindingOf(ctx, proof, certificate),
    grantId: token.grantId,
    personId: token.accountId,
    proof,
  }
}

function bindingOf(
  { oidc }: TokenEndpointGrantContext,
  proof: Proof | undefined,
  certificate: string | X509Certificate | undefined,
): Uint8Array {
  const { scope, resource, authorization_details: details } = oidc.params
  const parts = [
    oidc.client.clientId,
    words(scope?.split(' ')),
    words(typeof resource === 'string' ? [resource] : resource),
    details ?? null,
    proof?.thumbprint ?? null,
    typeof certificate === 'string' ? certificate : (certificate?.fingerprint256 ?? null),
  ]
  return hash('sha256', JSON.stringify(parts), 'buffer')
}

function words(given: readonly string[] | undefined): readonly string[] | null {
  return given === undefined ? null : [...new Set(given)].toSorted()
}
