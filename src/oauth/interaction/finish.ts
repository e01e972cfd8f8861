import type { OwnSession } from '../provider/own-session.ts'
import type { Kept } from './find.ts'

/** What a client is told when a person does not do what it asked for (OpenID Connect Core, section 3.1.2.6). */
export type Refusal = {
  readonly error: 'access_denied' | 'login_required' | 'unmet_authentication_requirements'
  readonly error_description: string
}

/**
 * Tells the library who signed in. Whoever comes after somebody else begins anew: nothing that the first one did in this
 * request counts for them.
 *
 * @returns where the browser goes on
 */
export function finishLogin(kept: Kept, own: OwnSession): Promise<string> {
  const { acr, amr, provedAt } = own.assurance
  const login = { accountId: own.personId, acr, amr: [...amr], ts: Math.floor(provedAt / 1000) }
  const before = isOthers(kept, own) ? {} : kept.lastSubmission
  return finish(kept, { ...before, login })
}

/** Whether a request came while somebody else was signed in. */
export function isOthers({ session }: Pick<Kept, 'session'>, own: OwnSession): boolean {
  return session?.accountId !== undefined && session.accountId !== own.personId
}

/** Tells the library what a person agreed to. */
export function finishConsent(kept: Kept, grantId: string): Promise<string> {
  return finish(kept, { ...kept.lastSubmission, consent: { grantId } })
}

/** Tells the client that the person said no, or cannot do what was asked. */
export function finishRefused(kept: Kept, refusal: Refusal): Promise<string> {
  return finish(kept, { ...refusal })
}

async function finish(kept: Kept, result: NonNullable<Kept['result']>): Promise<string> {
  kept.result = result
  // The library goes on only in the session in which the request came. Ours is the truth, and it was asked just now.
  kept.session = undefined
  await kept.persist()
  return kept.returnTo
}
