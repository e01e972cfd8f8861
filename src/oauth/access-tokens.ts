import { type Clock, createId } from '../core/index.ts'
import { PASETO_TYPE, signPaseto } from '../tokens/index.ts'
import type { SigningKeys } from './signing-key/open.ts'

/** The forms in which an access token can be had. */
export type TokenFormat = 'jwt' | 'paseto'

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
  /** `jwt` unless told. */
  readonly format?: TokenFormat
}

/** A signed token, its id for Events, and for whom it is. The token itself is a credential. */
export type AccessToken = { readonly token: string; readonly id: string; readonly audience: string }

/**
 * Makes the signer of access tokens: JWTs (RFC 9068, section 2), which are verified with `/oauth/jwks` alone, or PASETO
 * v4.public with the same claims, verified with `/oauth/paseto-keys`.
 *
 * @returns a function that throws when a PASETO is asked for where nothing signs with EdDSA: see `formatsOf`
 * @example
 * const sign = createAccessTokens({ signingKeys, issuer: 'https://id.example.com', clock })
 * const { token } = await sign({ …, audience: 'https://api.example.com', scopes: ['orders:read'], lifetime: 300 })
 */
export function createAccessTokens(deps: { signingKeys: Pick<SigningKeys, 'current'>; issuer: string; clock: Clock }) {
  return async (claims: AccessTokenClaims): Promise<AccessToken> => {
    const now = deps.clock.now()
    const iat = Math.floor(now / 1000)
    const id = createId('tok', now)
    const audience = claims.audience ?? deps.issuer
    const { subject: sub, lifetime } = claims
    const said = { iss: deps.issuer, sub, aud: audience, iat, exp: iat + lifetime, jti: id, ...ownClaims(claims) }
    const token = claims.format === 'paseto' ? asPaseto(said, deps.signingKeys) : await asJwt(said, deps.signingKeys)
    return { token, id, audience }
  }
}

/** The forms of access tokens that the keys here can sign. */
export function formatsOf({ algorithms }: Pick<SigningKeys, 'algorithms'>): readonly TokenFormat[] {
  return algorithms.includes('EdDSA') ? ['jwt', 'paseto'] : ['jwt']
}

function ownClaims(claims: AccessTokenClaims) {
  return {
    client_id: claims.clientId,
    scope: claims.scopes.join(' '),
    permissions: claims.permissions,
    org: claims.organization,
    kind: claims.kind,
    akid: claims.keyId,
  }
}

type Said = { readonly iat: number; readonly exp: number }
type Signer = Pick<SigningKeys, 'current'>

async function asJwt(said: Said & ReturnType<typeof ownClaims>, signingKeys: Signer): Promise<string> {
  const { id: kid, algorithm: alg, privateKey } = signingKeys.current()
  const { SignJWT } = await import('jose')
  return new SignJWT(said).setProtectedHeader({ alg, kid, typ: 'at+jwt' }).sign(privateKey)
}

/** What a token says that this server has just signed. */
export function readSigned(jwt: string): Said {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
}

/** Signs as PASETO v4.public what a JWT would say. Times are texts there, and `nbf` says when it begins (PASETO, Claims). */
export function asPaseto(said: Said, signingKeys: Signer): string {
  const { id: kid, privateKey } = signingKeys.current('EdDSA')
  const times = { iat: moment(said.iat), nbf: moment(said.iat), exp: moment(said.exp) }
  return signPaseto(JSON.stringify({ ...said, ...times }), privateKey, JSON.stringify({ kid, typ: PASETO_TYPE }))
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
