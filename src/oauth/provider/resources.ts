import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider'
import type { Clock } from '../../core/index.ts'
import { IDENTITY_SCOPES, type OauthClient } from '../client/client.ts'
import type { AccountFacts, ProviderDeps, ResourceSettings } from './deps.ts'
import { scopesHeld } from './scopes-held.ts'

const OF_IDENTITY: ReadonlySet<string> = new Set(IDENTITY_SCOPES)

/** Sallyport's own API, for clients that look after it. */
export function resourcesOf({ settings, issuer }: Pick<ProviderDeps, 'settings' | 'issuer'>): ResourceSettings[] {
  const own = { id: issuer, name: null, scopes: [], accessTokens: 'jwt', algorithm: null, lifetime: null } as const
  return settings.resources.some(({ id }) => id === issuer) ? [...settings.resources] : [...settings.resources, own]
}

/**
 * What the library asks about an API: which scopes its tokens may carry for this client and this person (row O8), and what
 * they look like.
 *
 * @param deps.facts of whoever the token is for; null while nobody is known
 */
export function createResources(deps: {
  readonly issuer: string
  readonly settings: ProviderDeps['settings']
  readonly clock: Clock
  readonly recordOf: (client: Client | undefined) => OauthClient | null
  readonly facts: (ctx: KoaContextWithOIDC) => Promise<AccountFacts | null>
}) {
  const resources = new Map(resourcesOf(deps).map((resource) => [resource.id, resource]))
  const usual = deps.settings.defaultResource ?? deps.settings.resources[0]?.id ?? deps.issuer

  /** The API that is meant where none is named: none at all for who asks only who somebody is. */
  function defaultResource(ctx: KoaContextWithOIDC, _client: Client, oneOf?: readonly string[]) {
    if (oneOf !== undefined) return oneOf[0]
    const asked = [...(ctx.oidc.requestParamScopes ?? [])]
    const inOwnName = ctx.oidc.params?.grant_type === 'client_credentials'
    return inOwnName || asked.some((scope) => !OF_IDENTITY.has(scope)) ? usual : undefined
  }

  async function getResourceServerInfo(
    ctx: KoaContextWithOIDC,
    indicator: string,
    client: Client,
  ): Promise<ResourceServer> {
    const resource = resources.get(indicator)
    const record = deps.recordOf(client)
    const allowed = record !== null && (record.resources.length === 0 || record.resources.includes(indicator))
    if (resource === undefined || record === null || !allowed) throw new errors.InvalidTarget()
    const known =
      resource.scopes.length === 0 ? record.scopes : record.scopes.filter((it) => resource.scopes.includes(it))
    const facts = ctx.oidc.params?.grant_type === 'client_credentials' ? null : await deps.facts(ctx)
    const asked = known.filter((scope) => !OF_IDENTITY.has(scope))
    // Before anybody is signed in nothing is granted yet: it is asked again when they are.
    const scopes = facts === null ? asked : scopesHeld(facts.grants, asked)
    const { accessTokens, algorithm, lifetime } = resource
    const usually = record.lifetimes.accessToken ?? lifetime ?? deps.settings.lifetimes.accessToken
    // Nobody is asked where a signed token is used, so it ends with the first grant that does.
    const ttl = Math.min(usually, Math.max(1000, (facts?.grants.until ?? Number.POSITIVE_INFINITY) - deps.clock.now()))
    return {
      scope: scopes.join(' '),
      audience: indicator,
      accessTokenTTL: Math.floor(ttl / 1000),
      accessTokenFormat: accessTokens,
      ...(accessTokens === 'jwt' ? { jwt: { sign: algorithm === null ? {} : { alg: algorithm } } } : {}),
    }
  }

  return { defaultResource, getResourceServerInfo, useGrantedResource: () => true }
}
