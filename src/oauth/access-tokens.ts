import { type Clock, createId } from '../core/index.ts'
import type { SigningKeys } from './signing-key/open.ts'

/** What an access token states. */
export type AccessTokenClaims = {
  /** Who acts: a user or a service. */
  readonly subject: string
  readonly kind: 'user' | 'service'
  readonly organization: string
  /** Who asked for the token: a registered client, or the API key that it was bought with. */
  readonly clientId: string
  /** The API key behind it, so that its record and its Events are found from the token. */
  readonly keyId: string
  /** Who is to believe it; null for this server itself. */
  readonly audience: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  /** Seconds. */
  readonly lifetime: number
}

/** A signed token, its id for Events, and for whom it is. The token itself is a credential. */
export type AccessToken = { readonly token: string; readonly id: string; readonly audience: string }

/**
 * Makes the signer of JWT access tokens (RFC 9068, section 2). Whoever gets one verifies it with `/oauth/jwks` alone.
 *
 * @example
 * const sign = createAccessTokens({ signingKeys, issuer: 'https://id.example.com', clock })
 * const { token } = await sign({ …, audience: 'https://api.example.com', scopes: ['orders:read'], lifetime: 300 })
 */
export function createAccessTokens(deps: { signingKeys: Pick<SigningKeys, 'current'>; issuer: string; clock: Clock }) {
  return async (claims: AccessTokenClaims): Promise<AccessToken> => {
    const { id: kid, algorithm, privateKey } = deps.signingKeys.current()
    const now = deps.clock.now()
    const issuedAt = Math.floor(now / 1000)
    const id = createId('tok', now)
    const audience = claims.audience ?? deps.issuer
    const { SignJWT } = await import('jose')
    const token = await new SignJWT({
      client_id: claims.clientId,
      scope: claims.scopes.join(' '),
      permissions: claims.permissions,
      org: claims.organization,
      kind: claims.kind,
      akid: claims.keyId,
    })
      .setProtectedHeader({ alg: algorithm, kid, typ: 'at+jwt' })
      .setIssuer(deps.issuer)
      .setSubject(claims.subject)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + claims.lifetime)
      .setJti(id)
      .sign(privateKey)
    return { token, id, audience }
  }
}
