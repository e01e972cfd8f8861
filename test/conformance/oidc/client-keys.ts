import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { exportJWK, type JWK, SignJWT } from 'jose'

/** A key of a client, by which it proves itself and signs. */
export type ClientKey = { readonly jwk: JWK; readonly key: KeyObject; readonly alg: 'ES256' | 'RS256' }

export async function makeKey(kid: string, alg: ClientKey['alg'] = 'ES256'): Promise<ClientKey> {
  const { publicKey, privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, key: privateKey, alg }
}

/** What proves a client (RFC 7523, section 3). */
export function assertion({ key, alg, jwk }: ClientKey, id: string, audience: string): Promise<string> {
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key)
}
