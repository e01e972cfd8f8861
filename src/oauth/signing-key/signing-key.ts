import type { KeyObject } from 'node:crypto'

/** What our tokens can be signed with (RFC 7518, section 3.1; RFC 8037, section 3.1). */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** A key that signs, ready for use. */
export type SigningKey = {
  readonly id: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: KeyObject
}

/** What everybody may know of a signing key (RFC 7517, section 4). Which coordinates there are depends on `kty`. */
export type PublicKey = {
  readonly kty: 'EC' | 'RSA' | 'OKP'
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly use: 'sig'
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
}

/** A whole key as JWK. Only ever inside a `Secret`. */
export type PrivateKey = PublicKey & { readonly d: string } & Partial<Record<'p' | 'q' | 'dp' | 'dq' | 'qi', string>>

/**
 * `published`: everybody may fetch it, and it signs next. `active`: it signs. `retired`: it signs no more, and tokens that
 * it signed are still believed.
 */
export const SIGNING_KEY_STATES = ['published', 'active', 'retired'] as const
export type SigningKeyState = (typeof SIGNING_KEY_STATES)[number]

/** What administrators see of a signing key. Times are milliseconds; null where there is no such time. */
export type SigningKeyRecord = {
  readonly id: string
  readonly algorithm: SigningAlgorithm
  readonly state: SigningKeyState
  /** Whether it was made here, or comes from the configuration. */
  readonly source: 'made' | 'configured'
  readonly createdAt: number | null
  /** Since when it signs; for one that is published, from when on it will. */
  readonly activeAt: number | null
  readonly retiredAt: number | null
  /** When it leaves the published keys: then no token that it signed lives any more. */
  readonly removesAt: number | null
}

/** How signing keys are made and replaced. Times are milliseconds. */
export type SigningKeySettings = {
  /** The first is used where nobody asks for another. */
  readonly algorithms: readonly SigningAlgorithm[]
  /** How long a key signs. */
  readonly rotateEvery: number
  /** How long everybody can fetch a key before it signs. */
  readonly publishBefore: number
  /** How long a key is published after its last signature: the longest life of a token. */
  readonly retireAfter: number
  readonly from: readonly KeyFromOutside[]
}

/** Where a key is read that was not made here. */
export type KeyFromOutside = {
  readonly file: string | null
  /** The name of an environment variable. */
  readonly env: string | null
  /** Its `kid`; the thumbprint of the key (RFC 7638) unless told. */
  readonly id: string | null
  readonly algorithm: SigningAlgorithm
}
