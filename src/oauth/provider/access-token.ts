import { hash } from 'node:crypto'
import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider'
import { type Access, type Holding, holdingOf, narrow } from '../../access/index.ts'
import { type Clock, createId } from '../../core/index.ts'
import type { OauthClient } from '../client/client.ts'
import type { KnownAccount } from './account.ts'
import { takenOver } from './acting.ts'

/** What stands in a signed token for the grant it was made under, so that all of one grant can be called back. */
export function grantMark(grantId: string): string {
  return hash('sha256', `grant:${grantId}`, 'base64url').slice(0, 22)
}

type Issued = AccessToken | ClientCredentials
type Parts = { payload: Record<string, unknown> }

/**
 * Fills access tokens: whom they speak of, what they may and how it was proved (RFC 9068, section 2.2; row O9).
 * Permissions are those of the granted scopes that whoever it is about really holds, and no others.
 */
export function createTokenClaims(deps: {
  readonly access: Pick<Access, 'holdingOf'>
  readonly clock: Clock
  readonly recordOf: (client: Issued['client']) => OauthClient | null
  /** When the session of ours behind one of the protocol ends; milliseconds, null when it is over. */
  readonly endOfSession: (uid: string) => Promise<number | null>
}) {
  /** Kept with the token, and told by introspection. */
  async function extraTokenClaims(ctx: KoaContextWithOIDC, token: Issued) {
    if (token.kind === 'ClientCredentials') return ofClient(token, deps.recordOf(token.client), deps.access)
    const account = ctx.oidc.entities.Account as KnownAccount | undefined
    if (account === undefined) return undefined
    return { ...ofPerson(token, account), ...proofOf(ctx), ...takenOver(ctx)?.claims }
  }

  async function jwt(ctx: KoaContextWithOIDC, token: Issued, parts: Parts) {
    const { payload } = parts
    await endWithSession(token, payload)
    payload.jti = createId('tok', deps.clock.now())
    payload.nbf = payload.iat
    if ('grantId' in token && token.grantId !== undefined) payload.gid = grantMark(token.grantId)
    if (token.kind === 'ClientCredentials') payload.sub = token.clientId
    if ('sid' in token && token.sid !== undefined) payload.sid = token.sid
    const { grant, session } = takenOver(ctx) ?? {}
    if (grant) payload.gid = grant
    if (session) payload.sid = session
  }

  // Nobody is asked where a signed token is used, so it must know by itself when its session is over.
  async function endWithSession(token: Issued & Bound, payload: Record<string, unknown>): Promise<void> {
    if (token.expiresWithSession !== true || token.sessionUid === undefined) return
    const end = Math.floor(((await deps.endOfSession(token.sessionUid)) ?? 0) / 1000)
    const { iat, exp } = payload as { readonly iat: number; readonly exp: number }
    if (end >= exp) return
    payload.exp = Math.max(iat, end)
    token.expiresIn = Math.max(0, end - iat)
  }

  return { extraTokenClaims, jwt }
}

type Bound = {
  readonly expiresWithSession?: boolean | undefined
  readonly sessionUid?: string | undefined
  expiresIn?: number | undefined
}

function ofClient(token: Issued, client: OauthClient | null, access: Pick<Access, 'holdingOf'>) {
  if (client === null) return undefined
  const holds = access.holdingOf(client.organization, client)
  return { kind: 'service', org: client.organization, ...heldBy(holds, scopesOf(token)) }
}

function ofPerson(token: Issued, { organization, facts }: KnownAccount) {
  const scopes = scopesOf(token)
  const roles = scopes.includes('roles') ? { roles: facts.grants.roles } : {}
  return { kind: 'user', org: organization, ...heldBy(holdingOf(facts.grants), scopes), ...roles }
}

function heldBy(holds: Holding, scopes: readonly string[]) {
  const { permissions } = narrow({ scopes: [], permissions: scopes }, holds)
  return { permissions }
}

function proofOf(ctx: KoaContextWithOIDC) {
  const { AuthorizationCode, RefreshToken, DeviceCode, BackchannelAuthenticationRequest } = ctx.oidc.entities
  const source = RefreshToken ?? AuthorizationCode ?? DeviceCode ?? BackchannelAuthenticationRequest
  const { acr, amr, authTime } = source ?? {}
  return { ...(acr && { acr }), ...(amr && { amr }), ...(authTime && { auth_time: authTime }) }
}

function scopesOf({ scope }: Issued): string[] {
  return scope === undefined || scope === '' ? [] : scope.split(' ')
}
