import { hash, randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** A pair of keys that a client signs with. */
export type ClientKeyPair = {
  readonly alg: string
  readonly kid: string
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey
  /** The public half, as its record holds it. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
}

export async function makeClientKeys(alg = 'ES256'): Promise<ClientKeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const kid = randomUUID()
  return {
    alg,
    kid,
    publicKey,
    privateKey,
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] },
  }
}

/** A JWT of a client, with the header and payload of the test's own choice. */
export function signAs(
  keys: ClientKeyPair,
  payload: JWTPayload,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: keys.alg, kid: keys.kid, ...header }).sign(keys.privateKey)
}

/** A request object (RFC 9101) of a client: what it asks, signed. */
export function requestObject(
  keys: ClientKeyPair,
  { clientId, issuer, ...asked }: { clientId: string; issuer: string } & Record<string, unknown>,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const about = {
    iss: clientId,
    aud: issuer,
    client_id: clientId,
    iat: now,
    nbf: now,
    exp: now + 60,
    jti: randomUUID(),
  }
  return signAs(keys, { ...about, ...asked }, { typ: 'oauth-authz-req+jwt' })
}

/** A proof of possession (RFC 9449, section 4.2), with the claims of the test's own choice. */
export async function dpopProof(
  keys: ClientKeyPair,
  {
    url,
    method = 'POST',
    accessToken,
    ...claims
  }: { url: string; method?: string; accessToken?: string } & Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const ath = accessToken === undefined ? {} : { ath: hash('sha256', accessToken, 'base64url') }
  const about = { htu: url, htm: method, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...ath }
  const jwk = await exportJWK(keys.publicKey)
  return signAs(keys, { ...about, ...claims }, { typ: 'dpop+jwt', jwk, kid: undefined, ...header })
}
