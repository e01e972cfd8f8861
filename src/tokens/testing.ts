import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { Algorithm } from './algorithm.ts'
import { decodeStrictly } from './base64url.ts'
import { sha256, thumbprintOfJwk } from './dpop.ts'
import type { Issuer } from './issuer.ts'
import { type JwtHeader, readJwt } from './jwt.ts'
import { localKeys } from './key.ts'

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

/** A key of a test, both halves. */
export type TestKey = {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly privateKey: PrivateKey
  readonly jwk: JWK
}

export async function makeKey(kid = 'key-1', algorithm: Algorithm = 'ES256'): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }
  return { kid, algorithm, privateKey, jwk }
}

export const AUDIENCE = 'https://api.example.com'
export const ISSUER = 'https://id.example.com'

/** An issuer that publishes these keys. */
export function issuerWith(keys: readonly { readonly jwk: JWK }[], more: Partial<Issuer> = {}): Issuer {
  const jwks = { keys: keys.map(({ jwk }) => jwk) }
  return { issuer: ISSUER, algorithms: ['ES256'], audiences: [AUDIENCE], keys: localKeys(() => jwks), ...more }
}

/** Claims of a good token at this time, in milliseconds. What is undefined is left away. */
export function claimsAt(now: number, more: object = {}): JWTPayload {
  const iat = Math.floor(now / 1000)
  const claims = { iss: ISSUER, sub: 'usr_1', aud: AUDIENCE, iat, exp: iat + 300, jti: 'tok_1', ...more }
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

/** Signs claims. What is undefined in the header is left away. */
export function signToken(key: TestKey, claims: JWTPayload, header: object = {}): Promise<string> {
  const all = { alg: key.algorithm, kid: key.kid, typ: 'at+jwt', ...header }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new SignJWT(claims).setProtectedHeader(given as { alg: string }).sign(key.privateKey)
}

/** A DPoP proof for a request (RFC 9449, section 4.2). */
export async function signProof(
  key: TestKey,
  {
    token,
    now,
    header = {},
    ...claims
  }: { token: string | null; now: number; header?: object; [claim: string]: unknown },
): Promise<string> {
  const { kty, crv, x, y, n, e } = key.jwk
  const jwk = Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined))
  const all = {
    jti: crypto.randomUUID(),
    htm: 'GET',
    htu: `${AUDIENCE}/orders`,
    iat: Math.floor(now / 1000),
    ...(token === null ? {} : { ath: sha256(token) }),
    ...claims,
  }
  return signToken({ ...key, kid: '' }, all as JWTPayload, { kid: undefined, typ: 'dpop+jwt', jwk, ...header })
}

/** The thumbprint of a test's key, as a token names it. */
export function thumbprintOfKey({ jwk }: TestKey): string {
  return thumbprintOfJwk(jwk) ?? ''
}

/** A token out of parts that no honest issuer makes: each given as text, or as what is written as JSON. */
export function forge(header: unknown, payload: unknown, signature = 'AAAA'): string {
  const part = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(payload)}.${signature}`
}

/** What the header of a signed text names, read as strictly as the header of a token, whatever is signed. */
export function readCompact(text: string): Pick<JwtHeader, 'alg' | 'kid'> | null {
  const [head = '', body = '', signature = ''] = text.split('.')
  if (decodeStrictly(body) === null || body === '') return null
  const jwt = readJwt([head, 'e30', signature, ...text.split('.').slice(3)].join('.'))
  return typeof jwt === 'string' ? null : jwt.header
}

export { isAlgorithm } from './algorithm.ts'
export { keySetOf } from './key.ts'
export { isSignedBy } from './signature.ts'
