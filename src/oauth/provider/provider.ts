import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import Provider, { type Adapter, type Client, type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import { AUTHENTICATIONS, IDENTITY_SCOPES, type OauthClient } from '../client/client.ts'
import { metadataOf } from '../client/client-metadata.ts'
import { type Consents, createConsents } from '../consent/consents.ts'
import { withOwnSessionGrant } from '../direct/grant-type.ts'
import { type AdapterDeps, createAdapter, showOnce } from '../entity/adapter.ts'
import { endGrants } from '../entity/end-grants.ts'
import { type Model, sessionUidDigest } from '../entity/entity.ts'
import { createEntityMemory } from '../entity/memory.ts'
import { ENTITY_PURPOSE, ownSessionOf, resealEntities } from '../entity/store.ts'
import { completeFlows, flowFeatures } from '../flow/features.ts'
import { withStateRule } from '../flow/state-rule.ts'
import { mtlsAliases } from '../mtls/features.ts'
import { PAGE_LANGUAGES } from '../page/language.ts'
import { createProtocolPages } from '../page/protocol.ts'
import { registrationMetadata } from '../registration/discovery.ts'
import { FRONT_CHANNEL_DISCOVERY } from '../session-end/front-channel.ts'
import { createTokenClaims } from './access-token.ts'
import { CLAIMS, createAccounts, type KnownAccount } from './account.ts'
import type { ProviderDeps } from './deps.ts'
import { createGrantLoader } from './existing-grant.ts'
import { assertionRule, signedFor, strongOf } from './fapi2.ts'
import { featuresOf, newNonceSecret } from './features.ts'
import { lifetimesOf } from './lifetimes.ts'
import { currentSession, settled, settleLater } from './own-session.ts'
import { policyOf } from './policy.ts'
import { rememberClients } from './remember-clients.ts'
import { createResources } from './resources.ts'
import { ENDPOINTS, INTERACTION } from './routes-table.ts'
import { followOwnSession } from './session.ts'
import { createSessionTime } from './session-time.ts'

const REMEMBERED_CLIENTS = 10_000

/** What every Provider of this process shares: one is made anew whenever the signing keys change. */
export type Shared = {
  readonly adapter: AdapterDeps
  readonly consents: Consents
  readonly cookieKey: Buffer
  readonly nonceSecret: Buffer
  readonly pairwiseKey: Buffer
}

export async function openShared(deps: ProviderDeps): Promise<Shared> {
  const { store, clock, secrets, revokeSigned, sessionEndsAt } = deps
  const sessionLives = async (id: string) => (await sessionEndsAt(id)) !== null
  const box = await secrets.box(ENTITY_PURPOSE)
  const memory = createEntityMemory(clock)
  secrets.resealWith(ENTITY_PURPOSE, resealEntities)
  const kept = async (name: string, make: () => Buffer) => (await secrets.keep(name, make)).reveal()
  const consents = createConsents({
    ...deps,
    lifetime: deps.settings.lifetimes.grant,
    endGrants: (tx, whose) => endGrants({ box, revokeSigned }, tx, whose),
    onWithdrawn: () => memory.forget(null),
  })
  return {
    consents,
    adapter: { store, clock, box, memory, ownSession: currentSession, sessionLives, settle: settleLater, revokeSigned },
    cookieKey: await kept('oauth.cookies', () => randomBytes(32)),
    nonceSecret: await kept('oauth.nonces', newNonceSecret),
    pairwiseKey: await kept('oauth.pairwise', () => randomBytes(32)),
  }
}

/**
 * Makes the protocol's server with the signing keys of this moment (RFC 6749, OpenID Connect Core). The library fixes its
 * keys when it is made, so another is made when they change.
 */
export function createProvider(deps: ProviderDeps, shared: Shared): Provider {
  const { settings, issuer, clients, clock } = deps
  const records = new LRUCache<string, OauthClient>({ max: REMEMBERED_CLIENTS })
  const recordOf = (client: Client | undefined) =>
    client === undefined ? null : (records.get(client.clientId) ?? null)
  const recordIn = (ctx: KoaContextWithOIDC) => recordOf(ctx.oidc.client)
  const accounts = createAccounts({ ...deps, recordOf })
  const facts = async (ctx: KoaContextWithOIDC) => {
    const known = ctx.oidc.entities.Account as KnownAccount | undefined
    if (known !== undefined) return known.facts
    const personId = ctx.oidc.session?.accountId
    return personId === undefined ? null : ((await accounts.findAccount(ctx, personId))?.facts ?? null)
  }
  const resources = createResources({ issuer, settings, clock, recordOf, facts })
  const endOfSession = async (uid: string) => {
    const id = await ownSessionOf(deps.store, sessionUidDigest(uid))
    return id === null ? null : deps.sessionEndsAt(id)
  }
  const tokens = createTokenClaims({ clock, recordOf, endOfSession })
  const time = createSessionTime(deps)
  const pages = createProtocolPages({ issuer, nameOf: (client) => recordOf(client)?.name ?? null })

  const configuration: Configuration = {
    adapter: (name: string) => (name === 'Client' ? clientAdapter() : createAdapter(name as Model, shared.adapter)),
    jwks: { keys: deps.signingKeys.privateJwks().reveal() as never },
    findAccount: accounts.findAccount,
    claims: CLAIMS as never,
    // Row O9: in ID tokens too what scopes ask for. Many programs look nowhere else.
    conformIdTokenClaims: false,
    scopes: [...OWN_SCOPES],
    acrValues: ['aal1', 'aal2', 'aal3'],
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_ctx, accountId, client) => pairwise(shared.pairwiseKey, client, accountId),
    responseTypes: ['code'],
    allowOmittingSingleRegisteredRedirectUri: false,
    clientDefaults: { ...clientDefaults(deps.signingKeys.current().algorithm), ...detailTypes(settings) },
    pkce: { required: (ctx, client) => needsPkce(ctx, recordOf(client)) },
    clientAuthMethods: CLIENT_AUTHENTICATION,
    assertJwtClientAuthClaimsAndHeader: assertionRule(recordOf) as never,
    clientBasedCORS: (_ctx, origin, client) => recordOf(client)?.corsOrigins.includes(origin) === true,
    cookies: {
      keys: [shared.cookieKey.toString('base64url')],
      names: { session: 'sallyport_provider', interaction: 'sallyport_interaction', resume: 'sallyport_resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/oauth' },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    discovery: {
      ui_locales_supported: [...PAGE_LANGUAGES],
      ...FRONT_CHANNEL_DISCOVERY,
      ...mtlsAliases(deps),
      ...registrationMetadata(deps),
    },
    enabledJWA: JWA as never,
    expiresWithSession: (_ctx, source) => !source.scopes.has('offline_access'),
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    extraTokenClaims: tokens.extraTokenClaims as never,
    features: featuresOf({
      settings,
      resources,
      recordOf,
      nonceSecret: shared.nonceSecret,
      more: flowFeatures(deps, recordOf),
      pages,
    }),
    fetch: deps.fetch as never,
    formats: { customizers: { jwt: tokens.jwt as never } },
    interactions: {
      policy: withStateRule(policyOf(recordIn), recordIn),
      url: (_ctx, { uid }) => `${INTERACTION}/${uid}`,
    },
    loadExistingGrant: createGrantLoader({ ...shared, ...accounts, recordOf }) as never,
    renderError: pages.renderError as never,
    rotateRefreshToken: (ctx) => rotates(ctx, recordIn(ctx)),
    routes: ENDPOINTS,
    ttl: lifetimesOf(settings, recordIn, time.secondsLeft) as never,
    clockTolerance: 15,
  }

  const provider = new Provider(issuer, configuration)
  // Only our own front stands before it, and that says where the request really went.
  provider.proxy = true
  provider.Client.prototype.compareClientSecret = async function (this: Client, shown: string) {
    const record = recordOf(this)
    return record !== null && clients.checkSecret(record, shown)
  }
  rememberClients(provider, {
    find: clients.findClient,
    keep: (record) => records.set(record.id, record),
    recordOf,
  })
  provider.ReplayDetection.unique = (iss: string, jti: string, exp: number) =>
    showOnce(shared.adapter, `${iss} ${jti}`, exp * 1000)
  completeFlows(provider, deps, shared.adapter)
  followOwnSession(provider, time)
  provider.use(async (_ctx, next) => {
    try {
      await next()
    } finally {
      await settled()
    }
  })
  return provider

  // Clients have their own registry; the library only ever asks for one.
  function clientAdapter(): Adapter {
    const refused = async () => {
      throw new Error('clients are kept by their registry')
    }
    return {
      upsert: refused,
      consume: refused,
      destroy: refused,
      revokeByGrantId: refused,
      findByUid: refused,
      findByUserCode: refused,
      find: async (id) => {
        const client = await clients.findClient(id)
        if (client === null) return undefined
        records.set(id, client)
        const metadata = { ...signedFor(client, deps.signingKeys.algorithms), ...metadataOf(client, OWN_SCOPES) }
        return (settings.passwordTokens ? withOwnSessionGrant(client, metadata) : metadata) as never
      },
    }
  }
}

/** The scopes of this server itself; those of APIs belong to their resource. */
const OWN_SCOPES: ReadonlySet<string> = new Set([...IDENTITY_SCOPES, 'roles', 'permissions'])

// Without a nonce a code that was put in the way of another browser would be taken (RFC 9700, section 4.5.3).
function needsPkce({ oidc }: KoaContextWithOIDC, client: OauthClient | null): boolean {
  return client?.allowWithoutPkce !== true || typeof oidc.params?.nonce !== 'string' || oidc.params.nonce === ''
}

/** Also a client's own last word: `threshold` renews only what has lived four fifths of its life (row O4). */
function rotates(ctx: KoaContextWithOIDC, client: OauthClient | null): boolean {
  // FAPI 2.0 Security Profile, section 5.3.2.1: what is bound to a key needs no rotation, and a lost answer costs nothing.
  if (client?.fapi2 === true) return false
  if (client === null || client.kind === 'public' || client.refresh === 'rotate') return true
  return (ctx.oidc.entities.RefreshToken?.ttlPercentagePassed() ?? 100) >= 80
}

/** What a client calls a person (OpenID Connect Core, section 8). */
export function subjectOf({ pairwiseKey }: Pick<Shared, 'pairwiseKey'>, client: Client, personId: string): string {
  return client.subjectType === 'pairwise' ? pairwise(pairwiseKey, client, personId) : personId
}

function pairwise(key: Buffer, client: Client, accountId: string): string {
  const sector = client.sectorIdentifier ?? client.clientId
  return createHmac('sha256', key).update(`${sector}\n${accountId}`).digest('base64url')
}

// Each of these is agreed to by itself, so any client may ask.
function detailTypes({ authorizationDetails }: ProviderDeps['settings']) {
  const types = authorizationDetails.map(({ type }) => type)
  return types.length === 0 ? {} : { authorization_details_types: types }
}

// The library's own would be RS256, for which there need not be a key.
function clientDefaults(algorithm: 'ES256' | 'RS256' | 'PS256' | 'EdDSA') {
  return {
    response_types: ['code' as const],
    id_token_signed_response_alg: algorithm,
    introspection_signed_response_alg: algorithm,
    authorization_signed_response_alg: algorithm,
  }
}

const CLIENT_AUTHENTICATION = [...AUTHENTICATIONS]

const SIGNING = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
const JWA = {
  idTokenSigningAlgValues: SIGNING,
  userinfoSigningAlgValues: SIGNING,
  introspectionSigningAlgValues: SIGNING,
  authorizationSigningAlgValues: SIGNING,
  requestObjectSigningAlgValues: SIGNING,
  clientAuthSigningAlgValues: SIGNING,
  // A proof is read before it is known whose it is, so the FAPI 2.0 profile speaks for everybody.
  dPoPSigningAlgValues: strongOf(SIGNING),
}
