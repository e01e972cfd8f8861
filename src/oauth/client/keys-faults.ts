import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { FieldError } from '../../core/index.ts'
import type { ClientKeys } from './client.ts'

const MOST_KEYS = 10
const LONGEST_KEYS = 20_000
const FEWEST_RSA_BITS = 2048
// RFC 7518, section 6: what only the private half has, and what a shared secret is.
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** What is wrong with a client's public keys (RFC 7517), all faults at once. */
export function keysFaults({ keys }: ClientKeys): FieldError[] {
  if (keys.length === 0) return [fault('jwks.keys', 'must have at least one key')]
  if (keys.length > MOST_KEYS) return [fault('jwks.keys', `must have no more than ${MOST_KEYS} keys`)]
  if (JSON.stringify(keys).length > LONGEST_KEYS) {
    return [fault('jwks.keys', `must be no more than ${LONGEST_KEYS} characters of JSON`)]
  }
  const ids = keys.map(({ kid }) => kid).filter((kid) => kid !== undefined)
  const twice = ids.length === new Set(ids).size ? [] : [fault('jwks.keys', 'must not have two keys with one kid')]
  return [...keys.flatMap(keyFaults), ...twice]
}

function keyFaults(key: Readonly<Record<string, unknown>>, i: number): FieldError[] {
  const at = `jwks.keys.${i}`
  const secret = PRIVATE.find((name) => Object.hasOwn(key, name))
  if (secret !== undefined || key.kty === 'oct') return [fault(at, 'must be a public key; this one is private')]
  if (key.kid !== undefined && (typeof key.kid !== 'string' || key.kid.length > 128)) {
    return [fault(`${at}.kid`, 'must be a text of at most 128 characters')]
  }
  if (key.use !== undefined && key.use !== 'sig') return [fault(`${at}.use`, 'must be "sig": a client signs with it')]
  const problem = unreadable(key)
  return problem === null ? [] : [fault(at, problem)]
}

function unreadable(key: Readonly<Record<string, unknown>>): string | null {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
    const bits = asymmetricKeyDetails?.modulusLength ?? FEWEST_RSA_BITS
    return bits < FEWEST_RSA_BITS ? `must have at least ${FEWEST_RSA_BITS} bits` : null
  } catch {
    return 'must be a public key as RFC 7517 writes it'
  }
}

function fault(path: string, message: string): FieldError {
  return { path, message }
}
