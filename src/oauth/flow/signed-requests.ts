import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Clock } from '../../core/index.ts'
import { isStrong } from '../client/server-faults.ts'

type Claims = Readonly<Record<string, unknown>>

/** RFC 9101, section 10.8: `JWT` is what libraries write that know no better. */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'oauth-authz-req+jwt']
/** FAPI 2.0 Message Signing, section 5.3.1: how old and how long, in seconds. */
const LONGEST = 3600

/**
 * Holds signed requests to what their signature alone does not say (RFC 9101, sections 4 and 10.8): they end, soon, and
 * are nothing that the client signed for another purpose, such as the assertion by which it proves itself.
 */
export function signedRequestRule({ now }: Clock) {
  return ({ oidc }: KoaContextWithOIDC, claims: Claims, header: Claims, client: Client): void => {
    const fault =
      signedRequestFault(claims, header, client.clientId, Math.floor(now() / 1000)) ??
      (oidc.isFapi('2.0') ? profileFault(claims, header) : null) ??
      (oidc.route === 'backchannel_authentication' ? missingFault(claims) : null)
    if (fault !== null) throw new errors.InvalidRequestObject(fault)
  }
}

/** What is wrong with a signed request, or null. @param now seconds */
function signedRequestFault(claims: Claims, header: Claims, clientId: string, now: number): string | null {
  if (!TYPES.includes(header.typ)) return 'Request Object must have the type oauth-authz-req+jwt'
  if (claims.sub === clientId) return 'Request Object must not have the client as its subject'
  if (typeof claims.exp !== 'number') return 'Request Object must have an end (exp)'
  if (claims.exp > now + LONGEST) return 'Request Object must end within an hour'
  return typeof claims.nbf === 'number' && claims.nbf < now - LONGEST ? 'Request Object is too old' : null
}

/** FAPI 2.0 Message Signing, section 5.3.1, and Security Profile, section 5.4.1. */
function profileFault({ nbf, exp }: Claims, { alg }: Claims): string | null {
  if (typeof nbf !== 'number') return 'Request Object must have a beginning (nbf)'
  if (Number(exp) > nbf + LONGEST) return 'Request Object must not be good for more than an hour'
  // What was pushed without a signature is written down without one.
  return alg === 'none' || isStrong(alg) ? null : 'Request Object must be signed by PS256, ES256 or EdDSA'
}

/** CIBA Core, section 7.1.1. */
function missingFault(claims: Claims): string | null {
  const missing = ['exp', 'iat', 'nbf', 'jti'].find((name) => claims[name] === undefined)
  return missing === undefined ? null : `Request Object must have ${missing}`
}
