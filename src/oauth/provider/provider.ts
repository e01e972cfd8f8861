import { LRUCache } from 'lru-cache'
import Provider, { type Client, type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import { AUTHENTICATIONS, type OauthClient } from '../client/client.ts'
import { createAdapter } from '../entity/adapter.ts'
import { type Model, sessionUidDigest } from '../entity/entity.ts'
import { showOnce } from '../entity/show-once.ts'
import { ownSessionOf } from '../entity/store.ts'
import { completeFlows, flowFeatures } from '../flow/features.ts'
import { withStateRule } from '../flow/state-rule.ts'
import { mtlsAliases } from '../mtls/features.ts'
import { PAGE_LANGUAGES } from '../page/language.ts'
import { createProtocolPages } from '../page/protocol.ts'
import { registrationMetadata } from '../registration/discovery.ts'
import { FRONT_CHANNEL_DISCOVERY } from '../session-end/front-channel.ts'
import { createTokenClaims } from './access-token.ts'
import { CLAIMS, createAccounts, type KnownAccount } from './account.ts'
import { createClientAdapter, OWN_SCOPES } from './client-adapter.ts'
import type { ProviderDeps } from './deps.ts'
import { createGrantLoader } from './existing-grant.ts'
import { assertionRule, strongOf } from './fapi2.ts'
import { featuresOf } from './features.ts'
import { lifetimesOf } from './lifetimes.ts'
import { settled } from './own-session.ts'
import { policyOf } from './policy.ts'
import { rememberClients } from './remember-clients.ts'
import { createResources } from './resources.ts'
import { ENDPOINTS, INTERACTION } from './routes-table.ts'
import { followOwnSession } from './session.ts'
import { createSessionTime } from './session-time.ts'
import type { Shared } from './shared.ts'
import { pairwise } from './subject.ts'

const REMEMBERED_CLIENTS = 10_000

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
  const tokens = createTokenClaims({ access: deps.access, clock, recordOf, endOfSession })
  const time = createSessionTime(deps)
  const pages = createProtocolPages({ issuer, nameOf: (client) => recordOf(client)?.name ?? null })

  const registry = createClientAdapter(deps, (client) => records.set(client.id, client))

  const configuration: Configuration = {
    adapter: (name: string) => (name === 'Client' ? registry : createAdapter(name as Model, shared.adapter)),
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
}

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
