import type Provider from 'oidc-provider'
import type { Caller } from '../../core/index.ts'
import type { OauthClient } from '../client/client.ts'
import { servesPeopleOf } from '../client/serves.ts'
import { type Asked, NOTHING_ASKED } from '../consent/consent.ts'
import type { Ways, WaysToProve } from '../provider/deps.ts'
import { type OwnSession, sessionOf } from '../provider/own-session.ts'
import { demandOf, type Interaction } from './demand.ts'
import { type Answered, findInteraction, InteractionLost, type Kept } from './find.ts'
import { finishConsent, finishLogin, finishRefused, isOthers, type Refusal } from './finish.ts'
import { writeGrant } from './grant.ts'
import { type Demand, type Waiting, waitingFor } from './settle.ts'

export type Visit = Answered & {
  readonly provider: Provider
  /** The request that is meant, as the address names it. */
  readonly uid: string
  readonly caller: Caller
}

export type VisitDeps = {
  readonly findClient: (id: string) => Promise<OauthClient | null>
  readonly waysToProve: WaysToProve
  /** What a client calls a person. */
  readonly subjectOf: (clientId: string, personId: string) => Promise<string>
}

/** Where a visit to a waiting authorization request leads: on, or to a page that asks for something. */
export type Standing =
  | { readonly is: 'onward'; readonly to: string }
  | { readonly is: 'sign_in'; readonly interaction: KnownInteraction }
  | { readonly is: 'other_person'; readonly interaction: KnownInteraction; readonly own: OwnSession }
  | { readonly is: 'consent'; readonly interaction: KnownInteraction; readonly own: OwnSession }
  | {
      readonly is: 'step_up'
      readonly interaction: KnownInteraction
      readonly own: OwnSession
      readonly demand: Demand
      readonly ways: Ways
    }

export type KnownInteraction = Interaction & {
  readonly uid: string
  readonly client: OauthClient
  readonly grantId?: string | undefined
  /** What a person is asked to agree to. */
  readonly asked: Asked
  readonly kept: Kept
}

/**
 * Goes as far as it goes without the person: who is signed in well enough is not asked again, nobody is asked whether one
 * of our own programs may, and who cannot prove what is demanded is not sent around in circles.
 *
 * @throws SessionNotFound when the browser has no such authorization request under way, or it is over
 */
export async function visit(asked: Visit, deps: VisitDeps): Promise<Standing> {
  const interaction = await knownInteraction(asked, deps)
  const own = sessionOf(asked.caller)
  const demand = demandOf(interaction, interaction.client)
  if (demand.level === 'unknown') return refuse(interaction, UNMET)
  if (own === null) return { is: 'sign_in', interaction }
  if (!servesPeopleOf(interaction.client, own.organization)) return { is: 'other_person', interaction, own }
  const subject = demand.subject === null ? '' : await deps.subjectOf(interaction.client.id, own.personId)
  const waiting = waitingFor(demand, { ...own, subject })
  return goOn(asked, deps, { interaction, own, demand, waiting })
}

type Met = {
  readonly interaction: KnownInteraction
  readonly own: OwnSession
  readonly demand: Demand
  readonly waiting: Waiting
}

async function goOn(asked: Visit, deps: VisitDeps, { interaction, own, demand, waiting }: Met): Promise<Standing> {
  if (waiting === 'other_person' || waiting === 'sign_in') return { is: 'other_person', interaction, own }
  if (waiting === 'step_up') return stepUp(asked, deps, { interaction, own, demand, waiting })
  if (waiting === 'done' || isOthers(interaction.kept, own)) return onward(finishLogin(interaction.kept, own))
  if (asksForConsent(interaction)) return { is: 'consent', interaction, own }
  return onward(finishAgreed(asked, interaction, own))
}

async function stepUp(asked: Visit, deps: VisitDeps, { interaction, own, demand }: Met): Promise<Standing> {
  const level = demand.level === 'unknown' ? null : demand.level
  const ways = await deps.waysToProve(asked.caller, level)
  const isHopeless = ways.proving.length === 0 && ways.enrollable.length === 0
  return isHopeless ? refuse(interaction, UNMET) : { is: 'step_up', interaction, own, demand, ways }
}

/** Writes down what a person agreed to, and goes on. */
export async function finishAgreed(asked: Visit, interaction: KnownInteraction, own: OwnSession): Promise<string> {
  const { client, grantId } = interaction
  const parties = { grantId, clientId: client.id, personId: own.personId }
  return finishConsent(interaction.kept, await writeGrant(asked.provider, parties, interaction.asked))
}

/** Sends the browser back to the client, which is told why. */
export function refuse({ kept }: KnownInteraction, refusal: Refusal): Promise<Standing> {
  return onward(finishRefused(kept, refusal))
}

async function onward(to: Promise<string>): Promise<Standing> {
  return { is: 'onward', to: await to }
}

const UNMET: Refusal = {
  error: 'unmet_authentication_requirements',
  error_description: 'the person cannot prove what was asked for',
}

// A client that says `prompt=consent` wants it asked, whoever it is.
function asksForConsent({ client, prompt }: KnownInteraction): boolean {
  return client.consent !== 'never' || prompt.reasons.includes('consent_prompt')
}

async function knownInteraction(asked: Visit, { findClient }: VisitDeps): Promise<KnownInteraction> {
  const kept = await findInteraction(asked.provider, asked.uid, asked)
  const client = await findClient(String(kept.params.client_id))
  if (client === null) throw new InteractionLost('the client of the request is gone')
  const { uid, iat, prompt, params, session, grantId } = kept
  const known = { uid, iat, prompt, params, session, grantId, client, asked: askedOf(prompt), kept }
  return known as KnownInteraction
}

const ALL_OF_IT: ReadonlySet<string> = new Set(['consent_prompt', 'always_ask'])

/** What is put before the person: the difference to what they agreed to, or all of it where the client asks each time. */
function askedOf({ reasons, details }: { reasons: readonly string[]; details: object }): Asked {
  const told = details as { readonly asked?: Asked; readonly [missing: string]: unknown }
  const all = told.asked ?? NOTHING_ASKED
  if (reasons.some((reason) => ALL_OF_IT.has(reason))) return all
  return {
    scopes: (told.missingOIDCScope as string[] | undefined) ?? [],
    claims: (told.missingOIDCClaims as string[] | undefined) ?? [],
    resources: (told.missingResourceScopes as Record<string, string[]> | undefined) ?? {},
    details: all.details,
  }
}
