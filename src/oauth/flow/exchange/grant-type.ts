import type Provider from 'oidc-provider'
import { type Client, errors, type ResourceServerInstance, type TokenEndpointGrantContext } from 'oidc-provider'
import type { Access } from '../../../access/index.ts'
import type { Audit } from '../../../audit/index.ts'
import { isId } from '../../../core/index.ts'
import { type OauthClient, TOKEN_EXCHANGE } from '../../client/client.ts'
import { takeOver } from '../../provider/acting.ts'
import type { AccountFacts } from '../../provider/deps.ts'
import {
  buildTokenResponse,
  checkDpopReplay,
  checkDpopRequired,
  checkMtlsCert,
  resolveRequestedResources,
  validateDpop,
} from '../../provider/library.ts'
import { actOf, type Exchange, exchangeOf } from './actor.ts'
import { type ReadDeps, readShown, type Shown, TOKEN_TYPES } from './subject.ts'

export type ExchangeDeps = Omit<ReadDeps, 'provider'> & {
  readonly access: Pick<Access, 'holdingOf'>
  readonly audit: Pick<Audit, 'record'>
  readonly findClient: (id: string) => OauthClient | null | Promise<OauthClient | null>
  readonly accountOf: (personId: string, organization: string) => Promise<AccountFacts | null>
}

type Parameters = Readonly<Record<string, string | undefined>>

const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'scope',
]

/**
 * Trades a token of a person for another one that is good elsewhere (RFC 8693), for clients that hold `tokens:delegate` or
 * `tokens:impersonate`. The new token says and may no more than the old one, ends with it, and ends with the grant, the
 * session and the person that it came from.
 */
export function addTokenExchange(provider: Provider, deps: ExchangeDeps): void {
  const handle = async (ctx: TokenEndpointGrantContext) => {
    const client = await deps.findClient(ctx.oidc.client?.clientId ?? '')
    if (client === null) throw new errors.InvalidClient('client not found')
    const asked = readParameters(ctx.oidc.params as Parameters)
    const kind = exchangeOf(deps.access.holdingOf(client.organization, client), asked.actor !== null)
    if (kind === null) throw new errors.UnauthorizedClient('this client may not act for others')
    const subject = await shown(asked.subject, client, 'subject_token')
    const actor = asked.actor === null ? null : await shown(asked.actor, client, 'actor_token')
    if (!isId('usr', subject.subject)) throw new errors.InvalidRequest('subject_token must be of a person')
    const facts = await deps.accountOf(subject.subject, client.organization)
    if (facts === null) throw new errors.InvalidGrant('subject_token is invalid')
    ctx.oidc.entity('Account', accountFor(subject.subject, client.organization, facts) as never)
    const act = kind === 'delegation' ? { act: actOf(client, actor, subject) } : {}
    takeOver(ctx, { grant: subject.grant, session: subject.session, claims: { ...subject.proof, ...act } })
    await answer(ctx, client, subject, kind)
  }

  async function shown(token: Named, client: OauthClient, name: string): Promise<Shown> {
    const found = await readShown({ ...deps, provider }, token.type, token.text, client.id)
    // Nobody acts with what belongs to another organization, whoever gave it to them.
    if (found === null || found.organization !== client.organization)
      throw new errors.InvalidGrant(`${name} is invalid`)
    return found
  }

  async function answer(
    ctx: TokenEndpointGrantContext,
    client: OauthClient,
    subject: Shown,
    kind: Exchange,
  ): Promise<void> {
    const proof = await validateDpop(provider, ctx)
    checkDpopRequired(provider, ctx, proof)
    const certificate = checkMtlsCert(provider, ctx)
    const resource = await targetOf(ctx)
    const left = subject.expiresAt - Math.floor(deps.clock.now() / 1000)
    const token = new provider.AccessToken({
      accountId: subject.subject,
      client: ctx.oidc.client as Client,
      expiresIn: Math.max(1, Math.min(left, resource.accessTokenTTL ?? left)),
      gty: 'token_exchange',
    } as never)
    token.resourceServer = resource
    token.scope = await scopeOf(ctx, subject, resource)
    if (certificate !== undefined) token.setThumbprint('x5t', certificate)
    if (proof !== undefined) {
      await checkDpopReplay(provider, ctx, proof, client.id)
      token.setThumbprint('jkt', proof.thumbprint)
    }
    ctx.oidc.entity('AccessToken', token)
    const accessToken = await token.save()
    record(client, subject, kind, resource.identifier())
    ctx.body = buildTokenResponse(provider, {
      accessToken,
      expiresIn: token.expiration,
      issuedTokenType: TOKEN_TYPES.accessToken,
      scope: token.scope,
      tokenType: token.tokenType,
    })
  }

  async function targetOf(ctx: TokenEndpointGrantContext): Promise<ResourceServerInstance> {
    const [target, ...more] = await resolveRequestedResources(provider, ctx)
    if (target === undefined || more.length > 0)
      throw new errors.InvalidTarget('exactly one resource must be asked for')
    // A token that lies here is found by its grant, which is another client's.
    if (target.accessTokenFormat !== 'jwt') throw new errors.InvalidTarget('tokens for this resource are not exchanged')
    return target
  }

  // Bounded by what the client may ask, what the person holds, and what the token that was shown may.
  async function scopeOf(
    ctx: TokenEndpointGrantContext,
    subject: Shown,
    resource: ResourceServerInstance,
  ): Promise<string> {
    const most = subject.scopes ?? (await agreed(subject, resource.identifier()))
    const here = resource.scope?.split(' ') ?? []
    const allowed = here.filter((scope) => most.includes(scope))
    const asked = [...ctx.oidc.requestParamScopes]
    const beyond = asked.find((scope) => !allowed.includes(scope))
    if (beyond !== undefined) throw new errors.InvalidScope('more was asked for than may be given', beyond)
    const given = asked.length === 0 ? allowed : asked
    if (given.length === 0) throw new errors.InvalidScope('nothing is left that could be given', '')
    return given.join(' ')
  }

  async function agreed({ grantId }: Shown, resource: string): Promise<readonly string[]> {
    const grant = grantId === null ? undefined : await provider.Grant.find(grantId)
    return grant?.getResourceScope(resource).split(' ') ?? []
  }

  function record(client: OauthClient, subject: Shown, kind: Exchange, audience: string): void {
    const details = { clientId: client.id, kind, subject: subject.subject, audience }
    const by = { principalKind: 'service', principal: client.id, organization: client.organization } as const
    deps.audit.record({ ...by, type: 'oauth.token_exchanged', outcome: 'success', resource: client.id, details })
  }

  provider.registerGrantType(TOKEN_EXCHANGE, handle as never, PARAMETERS, ['audience', 'resource'])
}

type Named = { readonly text: string; readonly type: string }

function readParameters(params: Parameters): { readonly subject: Named; readonly actor: Named | null } {
  const { subject_token, subject_token_type, actor_token, actor_token_type, requested_token_type } = params
  if (!subject_token || !subject_token_type)
    throw new errors.InvalidRequest('missing required parameters subject_token and subject_token_type')
  if ((actor_token === undefined) !== (actor_token_type === undefined))
    throw new errors.InvalidRequest('actor_token and actor_token_type go together')
  const types: readonly (string | undefined)[] = [undefined, TOKEN_TYPES.accessToken, TOKEN_TYPES.jwt]
  if (!types.includes(requested_token_type)) throw new errors.InvalidRequest('requested_token_type is not supported')
  if (params.audience !== undefined) nameTarget(params)
  const actor = actor_token && actor_token_type ? { text: actor_token, type: actor_token_type } : null
  return { subject: { text: subject_token, type: subject_token_type }, actor }
}

// Here both name an API (RFC 8693, section 2.1).
function nameTarget(params: Parameters): void {
  const { audience, resource } = params
  if (resource !== undefined && String(resource) !== String(audience))
    throw new errors.InvalidTarget('audience and resource name different targets')
  Object.assign(params, { resource: audience })
}

function accountFor(personId: string, organization: string, facts: AccountFacts) {
  const claims = async () => ({ ...facts.claims, sub: personId, org: organization })
  return { accountId: personId, organization, facts, claims }
}
