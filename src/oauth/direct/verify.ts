import { refuseToken, type TokenAnswer } from '../../tokens/index.ts'

/** What somebody who asks is told of a token. */
export type Verified = { readonly valid: boolean; readonly code: string | null; readonly [claim: string]: unknown }

/**
 * Says whether a token is believed here (row O11), for who has no verifier of their own. What it is bound to is for whoever
 * got it from its sender to ask for.
 *
 * @param audience whom it must be for; undefined to be told and to judge it oneself
 */
export async function verifyForOthers(
  verify: (token: string) => TokenAnswer | Promise<TokenAnswer>,
  token: string,
  audience: string | undefined,
): Promise<Verified> {
  const answer = await verify(token)
  if (!answer.ok) return { valid: false, code: answer.problem.code }
  const { claims } = answer.value
  if (audience !== undefined && !claims.audience.includes(audience)) {
    return { valid: false, code: refuseToken('AUDIENCE_INVALID').code }
  }
  const { issuer, subject, clientId, organization, scopes, permissions } = claims
  return {
    valid: true,
    code: null,
    issuer,
    subject,
    audience: claims.audience,
    clientId,
    organization,
    scopes,
    permissions,
    expiresAt: new Date(claims.expiresAt * 1000).toISOString(),
    bound: claims.confirmation !== null,
  }
}
