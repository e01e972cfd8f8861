import type { FastifyRequest } from 'fastify'
import { consentPage } from '../page/consent.ts'
import { type Language, languageOf } from '../page/language.ts'
import { otherPersonPage } from '../page/plain.ts'
import { signInPage } from '../page/sign-in.ts'
import { stepUpPage } from '../page/step-up.ts'
import { reachesLevel } from '../provider/level.ts'
import type { OwnSession } from '../provider/own-session.ts'
import { INTERACTION } from '../provider/routes-table.ts'
import type { InteractionDeps } from './deps.ts'
import type { KnownInteraction, Standing } from './visit.ts'

type Waiting = Exclude<Standing, { readonly is: 'onward' }>
type Here = { readonly language: Language; readonly host: string; readonly cancel: string }

/** Draws the page of what an authorization request waits for. */
export async function pageFor(deps: InteractionDeps, request: FastifyRequest, standing: Waiting): Promise<string> {
  const { interaction } = standing
  const here = hereOf(deps, request, interaction)
  const client = interaction.client.name
  if (standing.is === 'sign_in') return signInPage({ ...here, client, email: hintIn(interaction), after: null })
  const person = await addressOf(deps, standing.own)
  if (standing.is === 'other_person') return otherPersonPage(here, { client, person, cancel: here.cancel })
  if (standing.is === 'consent') return consentFor(deps, here, { interaction, own: standing.own, person })
  const { demand, ways, own } = standing
  const level = reachesLevel(own.assurance.acr, demand.level) ? null : demand.level
  return stepUpPage({ ...here, client, person, level, ways })
}

export function hereOf({ issuer }: InteractionDeps, request: FastifyRequest, { params, uid }: KnownInteraction): Here {
  const language = languageOf(params.ui_locales, request.headers['accept-language'])
  return { language, host: new URL(issuer).host, cancel: `${INTERACTION}/${uid}/cancel` }
}

async function consentFor(
  deps: InteractionDeps,
  { language, host }: Here,
  { interaction, own, person }: { interaction: KnownInteraction; own: OwnSession; person: string },
): Promise<string> {
  const { client, asked, params, uid, prompt } = interaction
  const { personId, organization } = own
  const before = await deps.consents.agreedWith({ personId, organization, clientId: client.id })
  const repeats = prompt.reasons.some((reason) => reason === 'consent_prompt' || reason === 'always_ask')
  return consentPage({
    language,
    host,
    client,
    person,
    asked,
    isMore: before.length > 0 && !repeats,
    returnsTo: typeof params.redirect_uri === 'string' ? params.redirect_uri : null,
    action: `${INTERACTION}/${uid}/consent`,
    nameOf: (resource) => resourceName(deps, resource),
    describe: deps.describeScope,
  })
}

function resourceName({ resources, issuer }: InteractionDeps, id: string): string {
  const name = resources.find((resource) => resource.id === id)?.name
  return name ?? (id === issuer ? new URL(issuer).host : id)
}

async function addressOf({ accountOf }: InteractionDeps, { personId, organization }: OwnSession): Promise<string> {
  const email = (await accountOf(personId, organization))?.claims.email
  return typeof email === 'string' ? email : personId
}

// Anything else that a client may hint at is no address, and would only be in the way.
function hintIn({ params }: KnownInteraction): string {
  const hint = params.login_hint
  return typeof hint === 'string' && /^[^\s@]{1,64}@[^\s@]{1,189}$/.test(hint) ? hint : ''
}
