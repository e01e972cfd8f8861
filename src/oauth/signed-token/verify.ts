import type { Clock } from '../../core/index.ts'
import { createTokenVerifier, localKeys, type TokenClaims } from '../../tokens/index.ts'
import type { Revocations } from '../revocation/revocations.ts'
import type { SigningKeys } from '../signing-key/open.ts'

/** What a signed token of ours says; null for one that is not ours, or no good any more. */
export type VerifyOwn = (token: string) => Promise<TokenClaims | null>

/**
 * Makes the verifier of our own signed tokens for those who ask about them. Whom a token is for, and who holds what it is
 * bound to, is for whoever takes it to find out.
 */
export function createOwnVerifier(deps: {
  readonly issuer: string
  readonly signingKeys: Pick<SigningKeys, 'jwks'>
  readonly revocations: Pick<Revocations, 'isRevoked'>
  readonly clock: Clock
}): VerifyOwn {
  const { issuer, signingKeys, revocations, clock } = deps
  const verifier = createTokenVerifier({
    issuers: [
      {
        issuer,
        algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
        audiences: [issuer],
        keys: localKeys(signingKeys.jwks),
      },
    ],
    revoked: revocations.isRevoked,
    clock,
    // Nobody has to believe a token here that has expired by our own clock.
    skew: 0,
  })
  return async (token) => {
    const answer = await verifier.verify(token, { audience: null, inspected: true })
    return answer.ok ? answer.value.claims : null
  }
}

/** Whether a text is, or claims to be, a signed token: those that lie here have no dot. */
export function isSigned(token: unknown): token is string {
  return typeof token === 'string' && token.includes('.')
}
