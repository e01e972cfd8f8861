import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'
import { servesPeopleOf } from '../client/serves.ts'
import { askedIn } from './asked.ts'
import { reachesLevel, wantedLevel } from './level.ts'
import { currentSession } from './own-session.ts'

const { Check, Prompt, base } = interactionPolicy

/**
 * When a person has to do something before a client gets its answer: sign in, prove more, or agree. The library's own
 * checks stand; what it leaves out is added (`acr_values`, RFC 9470, and the client's own demands).
 */
export function policyOf(clientOf: (ctx: KoaContextWithOIDC) => OauthClient | null) {
  const policy = base()
  const login = policy.get('login')
  const consent = policy.get('consent')
  if (login === undefined || consent === undefined) throw new Error('the policy has no login or consent')
  // They want the very name that is asked for; a higher level than that is good too.
  for (const exact of ['essential_acrs', 'essential_acr']) login.checks.remove(exact)
  login.checks.add(
    new Check('acr_unmet', 'more has to be proved', 'unmet_authentication_requirements', (ctx) =>
      needsMore(ctx, clientOf(ctx)),
    ),
  )
  login.checks.add(
    new Check('organization_foreign', 'the person acts in another organization', 'login_required', (ctx) =>
      isForeign(clientOf(ctx)),
    ),
  )
  policy.remove('consent')
  policy.add(consentOf([...consent.checks], clientOf))
  return policy
}

function consentOf(
  checks: readonly InstanceType<typeof Check>[],
  clientOf: (ctx: KoaContextWithOIDC) => OauthClient | null,
) {
  // Where consent is asked for is our policy, not whether the program is installed on a device. The prompt adds its own.
  const left = checks.filter(({ reason }) => reason !== 'native_client_prompt' && reason !== 'consent_prompt')
  const always = new Check('always_ask', 'this client asks each time', 'consent_required', (ctx) => {
    const asks = clientOf(ctx)?.consent === 'always'
    return asks && ctx.oidc.result?.consent === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
  })
  const details = (ctx: KoaContextWithOIDC) => ({ asked: askedIn(ctx) })
  return new Prompt({ name: 'consent', requestable: true }, details, ...left, always)
}

function needsMore(ctx: KoaContextWithOIDC, client: OauthClient | null): boolean {
  const { session, params } = ctx.oidc
  if (session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT
  const reached = reachesLevel(session.acr, wantedLevel(params ?? {}, client))
  return reached ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
}

function isForeign(client: OauthClient | null): boolean {
  const own = currentSession()
  const isServed = own === null || client === null || servesPeopleOf(client, own.organization)
  return isServed ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
}
