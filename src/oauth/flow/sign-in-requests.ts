import type Provider from 'oidc-provider'
import type { Audit } from '../../audit/index.ts'
import { actorOf, type Caller, type Clock, done, LEVELS, type Level, type Result, refused } from '../../core/index.ts'
import type { Box } from '../../secrets/index.ts'
import { IDENTITY_SCOPES, type OauthClient } from '../client/client.ts'
import type { AdapterDeps } from '../entity/adapter.ts'
import type { EntityRow, Payload } from '../entity/entity.ts'
import { showOnce } from '../entity/show-once.ts'
import { entitiesOf, openPayload } from '../entity/store.ts'
import type { AccountFacts, DetailSettings } from '../provider/deps.ts'
import { asCaller, type OwnSession, sessionOf } from '../provider/own-session.ts'
import { scopesHeld } from '../provider/scopes-held.ts'
import { type Detail, describeDetail } from './authorization-detail.ts'
import { refuseFlow } from './problems.ts'
import type { SignInRequest } from './sign-in-request.ts'

const MODEL = 'BackchannelAuthenticationRequest'
const MOST = 50

type Asked = { readonly client_id?: string; readonly acr_values?: string; readonly binding_message?: string }
type Known = {
  readonly payload: Payload & { readonly params?: Asked & Record<string, string>; readonly iat?: number }
  readonly client: OauthClient
  readonly request: SignInRequest
}

export type SignInRequests = {
  /** What waits for the caller, newest first. */
  readonly list: (caller: Caller) => Promise<SignInRequest[]>
  /** Errors: `SIGN_IN_REQUEST_UNKNOWN`, `SIGN_IN_REQUEST_ANSWERED`, `SIGN_IN_REQUEST_LEVEL`. */
  readonly answer: (id: string, approves: boolean, caller: Caller) => Promise<Result<SignInRequest>>
}

/** The sign-ins from afar that wait for people (CIBA Core, section 8). Each is answered once. */
export function createSignInRequests(deps: {
  readonly adapter: AdapterDeps
  readonly box: Box
  readonly audit: Audit
  readonly clock: Clock
  readonly provider: () => Promise<Provider>
  readonly details: readonly DetailSettings[]
  readonly findClient: (id: string) => Promise<OauthClient | null>
  readonly accountOf: (personId: string, organization: string) => Promise<AccountFacts | null>
}): SignInRequests {
  const { adapter, box, clock } = deps

  async function list(caller: Caller): Promise<SignInRequest[]> {
    const own = sessionOf(caller)
    return own === null ? [] : (await waiting(own)).map(({ request }) => request)
  }

  async function waiting(own: OwnSession): Promise<Known[]> {
    const rows = await entitiesOf(adapter.store)
      .selectFrom('oauth_entity')
      .selectAll()
      .where('person_id', '=', own.personId)
      .where('model', '=', MODEL)
      .where('consumed_at', 'is', null)
      .where('expires_at', '>', clock.now())
      .orderBy('expires_at', 'desc')
      .limit(MOST)
      .execute()
    const known = await Promise.all(rows.map((row) => knownOf(row, own)))
    return known.filter((it) => it !== null)
  }

  async function knownOf(row: EntityRow, own: OwnSession): Promise<Known | null> {
    const payload: Known['payload'] = openPayload(box, row)
    const client = await deps.findClient(payload.clientId ?? '')
    // A client acts in its own organization, and so does who answers it.
    if (client === null || client.organization !== own.organization) return null
    if (payload.grantId !== undefined || payload.error !== undefined) return null
    return { payload, client, request: requestOf(row, payload, client) }
  }

  function requestOf(row: EntityRow, payload: Known['payload'], client: OauthClient): SignInRequest {
    return {
      id: Buffer.from(row.digest).toString('base64url'),
      client: { id: client.id, name: client.name },
      message: payload.params?.binding_message ?? null,
      scopes: scopesOf(payload),
      details: detailsOf(payload).map((detail) => describe(detail)),
      level: levelOf(payload.params?.acr_values, client),
      createdAt: (payload.iat ?? 0) * 1000,
      expiresAt: row.expires_at ?? 0,
    }
  }

  function describe(detail: Detail): string[] {
    const settings = deps.details.find(({ type }) => type === detail.type)
    return settings === undefined ? [detail.type] : describeDetail(settings, detail)
  }

  async function answer(id: string, approves: boolean, caller: Caller): Promise<Result<SignInRequest>> {
    const own = sessionOf(caller)
    const known = own === null ? undefined : (await waiting(own)).find(({ request }) => request.id === id)
    if (own === null || known === undefined) return refused(refuseFlow('SIGN_IN_REQUEST_UNKNOWN'))
    if (approves && !reaches(own, known.request)) return refused(refuseFlow('SIGN_IN_REQUEST_LEVEL'))
    const first = await showOnce(adapter, `${MODEL} ${id}`, known.request.expiresAt + 60_000)
    if (!first) return refused(refuseFlow('SIGN_IN_REQUEST_ANSWERED'))
    await asCaller(caller, () => (approves ? approve(known, own) : deny(known)))
    const type = approves ? 'oauth.sign_in_approved' : 'oauth.sign_in_denied'
    const details = { clientId: known.client.id }
    await deps.audit.commit({ ...actorOf(caller), type, outcome: 'success', resource: known.client.id, details })
    return done(known.request)
  }

  async function approve({ payload, client }: Known, own: OwnSession): Promise<void> {
    const provider = await deps.provider()
    const facts = await deps.accountOf(own.personId, own.organization)
    const grant = new provider.Grant({ accountId: own.personId, clientId: client.id })
    const [identity, rest] = split(scopesOf(payload))
    grant.addOIDCScope(identity.join(' '))
    const held = facts === null ? [] : scopesHeld(facts.grants, rest)
    for (const resource of resourcesIn(payload)) grant.addResourceScope(resource, held.join(' '))
    const details = detailsOf(payload)
    for (const detail of details) grant.addRar(detail as never)
    const grantId = await grant.save()
    const { acr, amr, provedAt } = own.assurance
    const proof = { acr, amr: [...amr], authTime: Math.floor(provedAt / 1000) }
    const rar = details.length === 0 ? {} : { rar: details }
    await provider.backchannelResult(payload.jti ?? '', grantId, { ...proof, ...rar } as never)
  }

  async function deny({ payload }: Known): Promise<void> {
    const { errors } = await import('oidc-provider')
    const provider = await deps.provider()
    await provider.backchannelResult(payload.jti ?? '', new errors.AccessDenied('the person said no'))
  }

  return Object.freeze({ list, answer })
}

// Nobody goes back to a page from here: of several levels the lowest will do, never under the client's own.
function levelOf(asked: string | undefined, { requireMfa }: OauthClient): Level | null {
  const named = asked?.split(' ') ?? []
  const lowest = LEVELS.find((level) => named.includes(level)) ?? null
  return requireMfa && lowest !== 'aal3' ? 'aal2' : lowest
}

function reaches({ assurance }: OwnSession, { level }: SignInRequest): boolean {
  return level === null || LEVELS.indexOf(assurance.acr) >= LEVELS.indexOf(level)
}

function scopesOf({ scope }: Payload): string[] {
  return typeof scope === 'string' && scope !== '' ? scope.split(' ') : []
}

function detailsOf({ params }: Known['payload']): Detail[] {
  const text = params?.authorization_details
  return text === undefined ? [] : JSON.parse(text)
}

function resourcesIn({ resource }: Payload): string[] {
  return typeof resource === 'string' ? [resource] : Array.isArray(resource) ? resource.map(String) : []
}

function split(scopes: readonly string[]): readonly [identity: string[], rest: string[]] {
  const own: readonly string[] = [...IDENTITY_SCOPES, 'roles', 'permissions']
  return [scopes.filter((scope) => own.includes(scope)), scopes.filter((scope) => !own.includes(scope))]
}
