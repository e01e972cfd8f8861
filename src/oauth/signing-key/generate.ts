import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { PublicKey, SigningAlgorithm } from './signing-key.ts'

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject }

const generate = promisify(generateKeyPair)
const RSA_BITS = 2048

const MAKERS: Readonly<Record<SigningAlgorithm, () => Promise<KeyPair>>> = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  RS256: () => generate('rsa', { modulusLength: RSA_BITS }),
  PS256: () => generate('rsa', { modulusLength: RSA_BITS }),
  EdDSA: () => generate('ed25519'),
}

/** Makes a new pair of keys, off the main thread. */
export function generateSigningKey(algorithm: SigningAlgorithm): Promise<KeyPair> {
  return MAKERS[algorithm]()
}

/** The public half as everybody may fetch it. */
export function publicJwkOf(publicKey: KeyObject, id: string, algorithm: SigningAlgorithm): PublicKey {
  const jwk = publicKey.export({ format: 'jwk' }) as Pick<PublicKey, 'kty' | 'crv' | 'x' | 'y' | 'n' | 'e'>
  return Object.freeze({ ...jwk, kid: id, alg: algorithm, use: 'sig' })
}
