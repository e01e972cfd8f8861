/** The signatures that are believed, all of them asymmetric. There is no `none`, and no secret that two sides share. */
export const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'Ed25519',
] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** The key that an algorithm needs (RFC 7518, section 3.1; RFC 8037, section 3.1; RFC 9864, section 2.2). */
export type KeyKind =
  | { readonly kty: 'EC'; readonly crv: 'P-256' | 'P-384' | 'P-521'; readonly bytes: number }
  | { readonly kty: 'RSA' }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519' }

const RSA: KeyKind = Object.freeze({ kty: 'RSA' })
const ED25519: KeyKind = Object.freeze({ kty: 'OKP', crv: 'Ed25519' })

const KINDS: Readonly<Record<Algorithm, KeyKind>> = Object.freeze({
  ES256: { kty: 'EC', crv: 'P-256', bytes: 32 },
  ES384: { kty: 'EC', crv: 'P-384', bytes: 48 },
  ES512: { kty: 'EC', crv: 'P-521', bytes: 66 },
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  EdDSA: ED25519,
  Ed25519: ED25519,
})

/** Whether a name is, letter by letter, one of an algorithm that is believed. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(KINDS, name)
}

export function keyKindOf(algorithm: Algorithm): KeyKind {
  return KINDS[algorithm]
}

/** Whether a key that names this algorithm may verify that one. `EdDSA` is the older name of `Ed25519` (RFC 9864). */
export function sameAlgorithm(a: string, b: Algorithm): boolean {
  return a === b || (isAlgorithm(a) && keyKindOf(a) === ED25519 && keyKindOf(b) === ED25519)
}
