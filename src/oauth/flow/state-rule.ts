import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'

const { Check } = interactionPolicy

type Policy = ReturnType<typeof interactionPolicy.base>

/**
 * Has requests of clients that want it carry a `state`, before anybody is asked anything. Who asks for it wants to know its
 * own requests again by more than PKCE (RFC 9700, section 4.7.1).
 */
export function withStateRule(policy: Policy, clientOf: (ctx: KoaContextWithOIDC) => OauthClient | null): Policy {
  const rule = new Check('state_missing', 'state is missing', (ctx) => {
    const { params } = ctx.oidc
    const isFront = params?.response_type !== undefined
    if (!isFront || params?.state !== undefined || clientOf(ctx)?.requireState !== true) return Check.NO_NEED_TO_PROMPT
    throw new errors.InvalidRequest("missing required parameter 'state'")
  })
  policy.get('login')?.checks.add(rule, 0)
  return policy
}
