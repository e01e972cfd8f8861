import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { LEVELS, type Level } from '../../core/index.ts'
import type { OauthClient } from '../client/client.ts'

const { Check, base } = interactionPolicy

/**
 * When a person has to do something before a client gets its answer: sign in, prove more, or agree. The library's own
 * checks stand; what it leaves out is added (`acr_values`, RFC 9470, and the client's own demands).
 */
export function policyOf(clientOf: (ctx: KoaContextWithOIDC) => OauthClient | null) {
  const policy = base()
  const login = policy.get('login')
  const consent = policy.get('consent')
  if (login === undefined || consent === undefined) throw new Error('the policy has no login or consent')
  login.checks.add(
    new Check('acr_unmet', 'more has to be proved', 'unmet_authentication_requirements', (ctx) =>
      needsMore(ctx, clientOf(ctx)),
    ),
  )
  login.checks.add(new Check('state_missing', 'state is missing', (ctx) => assertState(ctx, clientOf(ctx))), 0)
  // Where consent is asked for is our policy, not whether the program is installed on a device.
  consent.checks.remove('native_client_prompt')
  consent.checks.add(
    new Check('always_ask', 'this client asks each time', 'consent_required', (ctx) => {
      const asks = clientOf(ctx)?.consent === 'always'
      return asks && ctx.oidc.result?.consent === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
    }),
  )
  return policy
}

// Who asks for it wants to know its own requests again by more than PKCE (RFC 9700, section 4.7.1).
function assertState({ oidc: { params } }: KoaContextWithOIDC, client: OauthClient | null): boolean {
  const isFront = params?.response_type !== undefined
  if (!isFront || client?.requireState !== true || params?.state !== undefined) return Check.NO_NEED_TO_PROMPT
  throw new errors.InvalidRequest("missing required parameter 'state'")
}

function needsMore(ctx: KoaContextWithOIDC, client: OauthClient | null): boolean {
  const { session } = ctx.oidc
  if (session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT
  const wanted = wantedLevel(ctx.oidc.params?.acr_values, client)
  return reaches(session.acr, wanted) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
}

/** The lowest level that satisfies a request: the first of `acr_values` that is lowest, and never under the client's own. */
export function wantedLevel(acrValues: unknown, client: Pick<OauthClient, 'requireMfa'> | null): Level | null {
  const asked = typeof acrValues === 'string' ? acrValues.split(' ').filter(isLevel) : []
  const lowest = LEVELS.find((level) => asked.includes(level)) ?? null
  if (client?.requireMfa !== true) return lowest
  return lowest === 'aal3' ? lowest : 'aal2'
}

function isLevel(text: string): text is Level {
  return (LEVELS as readonly string[]).includes(text)
}

function reaches(acr: string | undefined, wanted: Level | null): boolean {
  if (wanted === null) return true
  return acr !== undefined && isLevel(acr) && LEVELS.indexOf(acr) >= LEVELS.indexOf(wanted)
}
