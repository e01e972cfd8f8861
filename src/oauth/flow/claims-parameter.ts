import { errors } from 'oidc-provider'
import { isDeeper } from './depth.ts'

/** OpenID Connect Core, section 5.5: where, which claim, what of it, and a list or an object of values. */
const DEEPEST = 8

/**
 * Refuses a `claims` parameter that is deeper than anybody could mean. It is copied and written down as it is, and what is
 * deep enough ends that with an error of the machine.
 */
export function assertClaimsParameter(_ctx: unknown, claims: unknown): void {
  if (isDeeper(claims, DEEPEST)) throw new errors.InvalidRequest('claims parameter is nested too deeply')
}
