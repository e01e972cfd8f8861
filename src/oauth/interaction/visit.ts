import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'
import type { OwnSession } from '../provider/own-session.ts'
import { demandOf, type Interaction } from './demand.ts'
import { finishConsent, finishLogin } from './finish.ts'
import { type Asked, agree } from './grant.ts'
import { type Waiting, waitingFor } from './settle.ts'

export type Visit = {
  readonly provider: Provider
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly own: OwnSession | null
}

/** Where a visit to a waiting authorization request leads: on, or to a page that asks for something. */
export type Standing =
  | { readonly is: 'onward'; readonly to: string }
  | { readonly is: 'waiting'; readonly waiting: Exclude<Waiting, 'done'>; readonly interaction: KnownInteraction }

export type KnownInteraction = Interaction & {
  readonly uid: string
  readonly client: OauthClient
  readonly grantId?: string | undefined
  readonly details: Asked['details']
}

/**
 * Goes as far as it goes without the person: who is signed in well enough is not asked again, and nobody is asked whether
 * one of our own programs may.
 *
 * @throws SessionNotFound when the browser has no authorization request under way, or it is over
 */
export async function visit(
  { provider, request, response, own }: Visit,
  findClient: (id: string) => Promise<OauthClient | null>,
): Promise<Standing> {
  const interaction = await knownInteraction(provider, request, response, findClient)
  const waiting = waitingFor(demandOf(interaction, interaction.client), own)
  const answered = { request, response }
  if (own === null) return { is: 'waiting', waiting: 'sign_in', interaction }
  if (waiting === 'done') return { is: 'onward', to: await finishLogin(provider, answered, own) }
  if (waiting === 'consent' && !asksForConsent(interaction)) {
    const grantId = await agree(provider, askedOf(interaction, own))
    return { is: 'onward', to: await finishConsent(provider, answered, grantId) }
  }
  return { is: 'waiting', waiting, interaction }
}

export function askedOf({ client, grantId, details }: KnownInteraction, own: OwnSession): Asked {
  return { grantId, details, clientId: client.id, personId: own.personId }
}

// A client that says `prompt=consent` wants it asked, whoever it is.
function asksForConsent({ client, prompt }: KnownInteraction): boolean {
  return client.consent !== 'never' || prompt.reasons.includes('consent_prompt')
}

async function knownInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  findClient: (id: string) => Promise<OauthClient | null>,
): Promise<KnownInteraction> {
  const found = await provider.interactionDetails(request, response)
  const client = await findClient(String(found.params.client_id))
  if (client === null) throw new Error('the client of an authorization request is gone')
  const { uid, iat, prompt, params, session, grantId } = found
  return { uid, iat, prompt, params, session, grantId, client, details: prompt.details } as KnownInteraction
}
