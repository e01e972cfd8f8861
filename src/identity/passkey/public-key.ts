import { createPublicKey, type JsonWebKey } from 'node:crypto'

/** A decoded COSE_Key: labels to values (RFC 9052, section 7). */
export type CoseKey = { readonly get: (label: number) => unknown }

const LABELS = { kty: 1, alg: 3 } as const
const LEAST_RSA_BYTES = 256
const MOST_RSA_BYTES = 512

/** What a key of each algorithm must be, and nothing else: WebAuthn Level 3, section 5.8.5. */
const FORMS: Readonly<Record<number, { readonly kty: number; readonly jwk: (key: CoseKey) => JsonWebKey | null }>> = {
  [-7]: { kty: 2, jwk: (key) => (key.get(-1) === 1 ? pointOf(key) : null) },
  [-8]: { kty: 1, jwk: (key) => (key.get(-1) === 6 ? edwardsOf(key) : null) },
  [-257]: { kty: 3, jwk: rsaOf },
}

/**
 * Whether a new credential's key is one that signatures can be checked with: the type and curve of its algorithm, on the
 * curve, not too short. A key that does not fit would be found out only when its owner stands before a closed door.
 */
export function isSound(key: CoseKey): boolean {
  const form = FORMS[Number(key.get(LABELS.alg))]
  const jwk = form !== undefined && key.get(LABELS.kty) === form.kty ? form.jwk(key) : null
  if (jwk === null) return false
  try {
    createPublicKey({ key: jwk, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

function pointOf(key: CoseKey): JsonWebKey | null {
  const [x, y] = [bytesOf(key.get(-2), 32), bytesOf(key.get(-3), 32)]
  return x === null || y === null ? null : { kty: 'EC', crv: 'P-256', x, y }
}

function edwardsOf(key: CoseKey): JsonWebKey | null {
  const x = bytesOf(key.get(-2), 32)
  return x === null ? null : { kty: 'OKP', crv: 'Ed25519', x }
}

function rsaOf(key: CoseKey): JsonWebKey | null {
  const n = bytesOf(key.get(-1), LEAST_RSA_BYTES, MOST_RSA_BYTES)
  const e = bytesOf(key.get(-2), 1, 4)
  return n === null || e === null ? null : { kty: 'RSA', n, e }
}

function bytesOf(value: unknown, least: number, most: number = least): string | null {
  if (!(value instanceof Uint8Array) || value.length < least || value.length > most) return null
  return Buffer.from(value).toString('base64url')
}
