import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Algorithm, OauthClient } from '../client/client.ts'
import type { ClientMetadata } from '../client/client-metadata.ts'
import { isStrong } from '../client/server-faults.ts'

/** Section 5.3.2.1, milliseconds. */
const LONGEST_CODE = 60_000

/** Those that the profile allows, in their order. */
export function strongOf(algorithms: readonly Algorithm[]): readonly Algorithm[] {
  return algorithms.filter(isStrong)
}

/**
 * What signs for a client of the profile where it did not say: the first of the server's that the profile allows. Where
 * there is none, there is no key, and nothing is signed.
 */
export function signedFor({ fapi2 }: OauthClient, algorithms: readonly Algorithm[]): ClientMetadata {
  if (!fapi2) return {}
  const [algorithm = 'ES256'] = strongOf(algorithms)
  return {
    id_token_signed_response_alg: algorithm,
    authorization_signed_response_alg: algorithm,
    introspection_signed_response_alg: algorithm,
  }
}

/** How long a code lives for a client, in milliseconds. */
export function codeLifetime(client: OauthClient | null, usual: number): number {
  const wished = client?.lifetimes.code ?? usual
  return client?.fapi2 === true ? Math.min(wished, LONGEST_CODE) : wished
}

type Claims = Readonly<Record<string, unknown>>

/**
 * Holds the assertions by which clients of the profile prove themselves to it: for this server alone, and not by RS256
 * (FAPI 2.0 Security Profile, sections 5.3.2.1 and 5.4.1).
 */
export function assertionRule(recordOf: (client: Client | undefined) => OauthClient | null) {
  return ({ oidc }: KoaContextWithOIDC, { aud }: Claims, { alg }: Claims, client: Client): void => {
    if (recordOf(client)?.fapi2 !== true) return
    if (aud !== oidc.issuer) throw new errors.InvalidClientAuth('audience (aud) must be the issuer, and nothing else')
    if (!isStrong(alg)) throw new errors.InvalidClientAuth('the algorithm must be PS256, ES256 or EdDSA')
  }
}
