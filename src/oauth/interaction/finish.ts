import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { OwnSession } from '../provider/own-session.ts'

type Answered = { readonly request: IncomingMessage; readonly response: ServerResponse }

/** Tells the library who signed in. @returns where the browser goes on */
export function finishLogin(provider: Provider, { request, response }: Answered, own: OwnSession): Promise<string> {
  const { acr, amr, provedAt } = own.assurance
  const login = { accountId: own.personId, acr, amr: [...amr], ts: Math.floor(provedAt / 1000) }
  return provider.interactionResult(request, response, { login })
}

/** Tells the library what a person agreed to. */
export function finishConsent(provider: Provider, { request, response }: Answered, grantId: string): Promise<string> {
  return provider.interactionResult(request, response, { consent: { grantId } })
}

/** Tells the client that the person said no, or cannot do what was asked. */
export function finishRefused(
  provider: Provider,
  { request, response }: Answered,
  error: { readonly error: string; readonly error_description: string },
): Promise<string> {
  return provider.interactionResult(request, response, error, { mergeWithLastSubmission: false })
}
