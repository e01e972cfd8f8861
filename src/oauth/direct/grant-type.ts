import { timingSafeEqual } from 'node:crypto'
import type Provider from 'oidc-provider'
import { type Client, errors, type TokenEndpointGrantContext } from 'oidc-provider'
import { type Clock, LEVELS } from '../../core/index.ts'
import { IDENTITY_SCOPES, type OauthClient } from '../client/client.ts'
import type { ClientMetadata } from '../client/client-metadata.ts'
import { issueTokens, resolveRequestedResources } from '../provider/library.ts'
import { currentSession, type OwnSession, settled } from '../provider/own-session.ts'
import { OWN_SESSION_GRANT } from './own-session-grant.ts'

/** How this process asks itself for the tokens of a session. Nobody else can: it needs `deps.word`. */
export type OwnSessionGrantDeps = {
  readonly clock: Clock
  /** Known to this process alone. */
  readonly word: Buffer
  readonly findClient: (id: string) => OauthClient | null | Promise<OauthClient | null>
  readonly sessionEndsAt: (id: string) => Promise<number | null>
}

/**
 * Issues tokens for the session of ours in which the request comes, to a client that may trade passwords for them (row
 * O14). They hang on that session like those of a browser: what ends it ends them.
 */
export function addOwnSessionGrant(provider: Provider, deps: OwnSessionGrantDeps): void {
  const handle = async (ctx: TokenEndpointGrantContext) => {
    const { own, seconds } = await sessionIn(ctx, deps)
    const client = await traderIn(ctx, own, deps)
    const scopes = scopesAsked(ctx, client)
    const targets = (await resolveRequestedResources(provider, ctx)).map((it) => it.identifier())
    const grant = await agree(provider, ctx, own, { scopes, targets })
    const session = await openProtocolSession(provider, ctx, own, { grantId: grant.jti, seconds })
    const source = sourceOf(provider, ctx, own, { scopes, targets, grantId: grant.jti, session })
    // What was proved stands in tokens as it stands in what they are issued for.
    ctx.oidc.entity('DeviceCode', source)
    ctx.oidc.entity('Grant', grant)
    await issueTokens(provider, ctx, source, grant, 'session')
    await settled()
  }

  provider.registerGrantType(OWN_SESSION_GRANT, handle as never, ['session_word', 'scope', 'resource'], ['resource'])
}

/** The metadata of a client as the library has to see it, so that it may ask in this way. */
export function withOwnSessionGrant({ grants, passwordTokens }: OauthClient, metadata: ClientMetadata): ClientMetadata {
  return passwordTokens ? { ...metadata, grant_types: [...grants, OWN_SESSION_GRANT] } : metadata
}

function knowsWord({ oidc }: TokenEndpointGrantContext, word: Buffer): boolean {
  const shown = Buffer.from(String((oidc.params as Readonly<Record<string, unknown>>).session_word ?? ''), 'base64url')
  return shown.length === word.length && timingSafeEqual(shown, word)
}

async function sessionIn(ctx: TokenEndpointGrantContext, deps: OwnSessionGrantDeps) {
  const own = currentSession()
  const endsAt = own === null ? null : await deps.sessionEndsAt(own.id)
  if (own === null || endsAt === null || !knowsWord(ctx, deps.word)) throw new errors.InvalidGrant('not for others')
  return { own, seconds: Math.max(1, Math.floor((endsAt - deps.clock.now()) / 1000)) }
}

async function traderIn({ oidc }: TokenEndpointGrantContext, own: OwnSession, deps: OwnSessionGrantDeps) {
  const client = await deps.findClient(oidc.client.clientId)
  if (client?.passwordTokens !== true) throw new errors.UnauthorizedClient('this client may not')
  const sure = LEVELS.indexOf(own.assurance.acr) >= LEVELS.indexOf('aal2')
  if (client.requireMfa && !sure) throw new errors.InvalidGrant('a second factor is needed')
  return client
}

// The library finds a person's session by what was issued in it, and the end of ours finds it by that.
async function openProtocolSession(
  provider: Provider,
  { oidc }: TokenEndpointGrantContext,
  own: OwnSession,
  { grantId, seconds }: { readonly grantId: string; readonly seconds: number },
) {
  const { acr, amr, provedAt } = own.assurance
  const session = new provider.Session()
  session.loginAccount({ accountId: own.personId, acr, amr: [...amr], loginTs: Math.floor(provedAt / 1000) })
  session.ensureClientContainer(oidc.client.clientId)
  session.grantIdFor(oidc.client.clientId, grantId)
  await (session as unknown as { save: (ttl: number) => Promise<string> }).save(seconds)
  // Tokens end with the session at the latest, so it must be there before any is made.
  await settled()
  return session
}

function sourceOf(
  provider: Provider,
  { oidc }: TokenEndpointGrantContext,
  own: OwnSession,
  of: {
    readonly scopes: readonly string[]
    readonly targets: readonly string[]
    readonly grantId: string
    readonly session: Awaited<ReturnType<typeof openProtocolSession>>
  },
) {
  const { acr, amr, provedAt } = own.assurance
  return new provider.DeviceCode({
    accountId: own.personId,
    acr,
    amr: [...amr],
    authTime: Math.floor(provedAt / 1000),
    client: oidc.client as Client,
    expiresWithSession: true,
    grantId: of.grantId,
    resource: of.targets.length > 1 ? of.targets : of.targets[0],
    scope: of.scopes.join(' '),
    sessionUid: of.session.uid,
    sid: of.session.sidFor(oidc.client.clientId),
  } as never)
}

// What a person holds bounds it further, where the tokens are made.
function scopesAsked({ oidc }: TokenEndpointGrantContext, { scopes }: OauthClient): readonly string[] {
  const asked = [...oidc.requestParamScopes]
  const beyond = asked.find((scope) => !scopes.includes(scope))
  if (beyond !== undefined) throw new errors.InvalidScope('more was asked for than may be given', beyond)
  return asked.length === 0 ? scopes : asked
}

async function agree(
  provider: Provider,
  { oidc }: TokenEndpointGrantContext,
  own: OwnSession,
  wish: { readonly scopes: readonly string[]; readonly targets: readonly string[] },
) {
  const grant = new provider.Grant({ accountId: own.personId, clientId: oidc.client.clientId })
  const ofIdentity: readonly string[] = [...IDENTITY_SCOPES, 'roles', 'permissions']
  grant.addOIDCScope(wish.scopes.filter((scope) => ofIdentity.includes(scope)).join(' '))
  const ofApis = wish.scopes.filter((scope) => !ofIdentity.includes(scope)).join(' ')
  for (const target of wish.targets) if (ofApis !== '') grant.addResourceScope(target, ofApis)
  await grant.save()
  return grant
}
