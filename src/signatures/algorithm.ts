import { constants, createHmac, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto'
import { faultOfJwk, type Algorithm as JwkAlgorithm } from '../tokens/index.ts'

/** The ways to sign a message (RFC 9421, section 3.3). RSASSA-PKCS1-v1_5 is left out: whoever has an RSA key has PSS. */
export const SIGNATURE_ALGORITHMS = [
  'hmac-sha256',
  'ed25519',
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'rsa-pss-sha512',
] as const
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number]
export type PublicKeyAlgorithm = Exclude<SignatureAlgorithm, 'hmac-sha256'>

/** What proves a signature: a secret of two sides for `hmac-sha256`, a public key for all others. */
export type VerifyingKey =
  | { readonly algorithm: 'hmac-sha256'; readonly secret: Buffer }
  | { readonly algorithm: PublicKeyAlgorithm; readonly key: KeyObject }
/** The other half of a `VerifyingKey`, as whoever signs has it. */
export type SigningKey =
  | { readonly algorithm: 'hmac-sha256'; readonly secret: Buffer }
  | { readonly algorithm: PublicKeyAlgorithm; readonly privateKey: KeyObject }

type Method = { readonly jwk: JwkAlgorithm; readonly hash: string | null; readonly options: object }

const METHODS: Readonly<Record<PublicKeyAlgorithm, Method>> = {
  ed25519: { jwk: 'Ed25519', hash: null, options: {} },
  'ecdsa-p256-sha256': { jwk: 'ES256', hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  'ecdsa-p384-sha384': { jwk: 'ES384', hash: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
  'rsa-pss-sha512': {
    jwk: 'PS512',
    hash: 'sha512',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 },
  },
}

/** Whether a base was signed with this key, by the algorithm that the key is for and by no other. */
export function isSignatureOf(key: VerifyingKey, base: string, signature: Buffer): boolean {
  if (key.algorithm === 'hmac-sha256') return isSame(hmac(key.secret, base), signature)
  const { hash, options } = METHODS[key.algorithm]
  return verify(hash, Buffer.from(base), { key: key.key, ...options }, signature)
}

/** Signs a base. @throws Error for a key that is not one of its algorithm */
export function signatureOf(key: SigningKey, base: string): Buffer {
  if (key.algorithm === 'hmac-sha256') return hmac(key.secret, base)
  const { hash, options } = METHODS[key.algorithm]
  return sign(hash, Buffer.from(base), { key: key.privateKey, ...options })
}

/** Why a public key (RFC 7517) must not verify signatures of this algorithm, or null for one that may. */
export function faultOfPublicKey(jwk: unknown, algorithm: PublicKeyAlgorithm): string | null {
  const fault = faultOfJwk(jwk, METHODS[algorithm].jwk)
  if (fault !== null) return fault
  return publicKeyOf(jwk as Readonly<Record<string, unknown>>) === null ? 'not a point on its curve' : null
}

/** The key of a JWK that has no fault, for `isSignatureOf`; null for what is none after all. */
export function publicKeyOf(jwk: Readonly<Record<string, unknown>>): KeyObject | null {
  try {
    return createPublicKey({ key: partsOf(jwk), format: 'jwk' })
  } catch {
    return null
  }
}

/** Only what makes the key: its names and hints are not kept, for two of them could disagree. */
export function partsOf(jwk: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const names =
    jwk.kty === 'RSA' ? ['kty', 'n', 'e'] : jwk.kty === 'EC' ? ['kty', 'crv', 'x', 'y'] : ['kty', 'crv', 'x']
  return Object.fromEntries(names.map((name) => [name, String(jwk[name])]))
}

function hmac(secret: Buffer, base: string): Buffer {
  return createHmac('sha256', secret).update(base).digest()
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
