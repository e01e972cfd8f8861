import type { SignatureAlgorithm } from '../../signatures/index.ts'

/** What proves that a request was signed in the name of an API key: one half is here, the other with who signs. */
export type SignatureKey = {
  readonly id: string
  /** The API key whose rules, limits and owner count for what is signed with it. */
  readonly keyId: string
  readonly name: string
  readonly algorithm: SignatureAlgorithm
  /** As a JWK of its bare parts; null for a secret of two sides. */
  readonly publicKey: Readonly<Record<string, string>> | null
  readonly createdAt: number
  readonly createdBy: string
}

/** For a change from one to the next, in two places, there must be room. */
export const MOST_SIGNATURE_KEYS = 5
