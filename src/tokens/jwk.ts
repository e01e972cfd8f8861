import { type Algorithm, isAlgorithm, keyKindOf, sameAlgorithm } from './algorithm.ts'
import { decodeStrictly } from './base64url.ts'
import { isObject } from './json.ts'
import { isRocaWeak } from './roca.ts'

export type Jwk = Readonly<Record<string, unknown>>

/** The least and the most bits of an RSA modulus. NIST SP 800-131A asks for the one; the other bounds our work. */
const RSA_BITS = { least: 2048, most: 8192 }
const LEAST_EXPONENT = 65_537n
/** FIPS 186-5, appendix A.1.1. */
const MOST_EXPONENT_BYTES = 32
/** What a public key never has: whoever publishes one of these has lost the key. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * Why a public key in somebody else's set must not verify a signature with this algorithm (RFC 7517, section 4; RFC 8725,
 * sections 3.1 to 3.5). Libraries take RSA with exponent 1, with which everything is its own signature; this does not.
 *
 * @returns null for a key that may
 */
export function faultOfJwk(jwk: unknown, algorithm: Algorithm): string | null {
  if (!isObject(jwk)) return 'not a key'
  const { kty, use, key_ops: operations, alg } = jwk
  if (PRIVATE.some((name) => Object.hasOwn(jwk, name))) return 'a private or shared key'
  if (use !== undefined && use !== 'sig') return 'not for signatures'
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return 'not to verify'
  if (alg !== undefined && !(typeof alg === 'string' && sameAlgorithm(alg, algorithm))) return 'for another algorithm'
  const kind = keyKindOf(algorithm)
  if (kty !== kind.kty) return `not of the kind that ${algorithm} needs`
  if (kind.kty === 'RSA') return faultOfRsa(jwk)
  if (jwk.crv !== kind.crv) return `not on the curve of ${algorithm}`
  const bytes = kind.kty === 'EC' ? kind.bytes : 32
  const coordinates = kind.kty === 'EC' ? [jwk.x, jwk.y] : [jwk.x]
  return coordinates.every((it) => bytesOf(it)?.length === bytes) ? null : 'not a point'
}

/** The algorithms among these that a key may verify, when it does not say which one. */
export function algorithmsOf(jwk: Jwk, among: readonly Algorithm[]): readonly Algorithm[] {
  const named = jwk.alg
  return isAlgorithm(named) ? among.filter((it) => sameAlgorithm(named, it)) : among
}

function faultOfRsa({ n, e }: Jwk): string | null {
  const modulus = bytesOf(n)
  const exponent = bytesOf(e)
  if (modulus === null || exponent === null || modulus[0] === 0 || exponent[0] === 0) return 'not an RSA key'
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  if (bits < RSA_BITS.least || bits > RSA_BITS.most) return `${bits} bits`
  if (exponent.length > MOST_EXPONENT_BYTES) return 'exponent'
  const value = numberOf(exponent)
  if (value < LEAST_EXPONENT || value % 2n === 0n) return 'exponent'
  const product = numberOf(modulus)
  if (product % 2n === 0n) return 'even modulus'
  return isRocaWeak(product) ? 'a weak key (ROCA)' : null
}

function bytesOf(value: unknown): Buffer | null {
  const bytes = typeof value === 'string' ? decodeStrictly(value) : null
  return bytes === null || bytes.length === 0 ? null : bytes
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}
