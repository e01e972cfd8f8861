import { createLocalJWKSet, jwtVerify } from 'jose'
import type Provider from 'oidc-provider'
import type { Clock } from '../../../core/index.ts'
import type { Box } from '../../../secrets/index.ts'
import type { Store } from '../../../store/index.ts'
import type { TokenClaims } from '../../../tokens/index.ts'
import { entitiesOf, openPayload } from '../../entity/store.ts'
import { grantMark } from '../../provider/access-token.ts'
import type { ProviderDeps } from '../../provider/deps.ts'
import type { VerifyOwn } from '../../signed-token/verify.ts'
import { type Act, depthOf, MOST_ACTORS } from './actor.ts'

/** A token that was shown, and is good. Times are seconds. */
export type Shown = {
  readonly subject: string
  readonly clientId: string | null
  readonly organization: string | null
  /** What it may be used for; null where that is for the grant behind it to say. */
  readonly scopes: readonly string[] | null
  readonly grant: string | null
  readonly grantId: string | null
  readonly session: string | null
  readonly expiresAt: number
  readonly act: Act | null
  readonly proof: Readonly<Record<string, unknown>>
}

export const TOKEN_TYPES = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
} as const

export type ReadDeps = {
  readonly store: Store
  readonly box: Box
  readonly clock: Clock
  readonly issuer: string
  readonly signingKeys: ProviderDeps['signingKeys']
  readonly verifyOwn: VerifyOwn
  readonly provider: Provider
}

/**
 * Reads a token that a client shows (RFC 8693, section 2.1): one of ours, signed or not, or an ID token of that very client.
 *
 * @returns null for anything that is no good, whatever the reason
 */
export async function readShown(deps: ReadDeps, type: string, token: string, clientId: string): Promise<Shown | null> {
  if (token.length > 16_384) return null
  if (type === TOKEN_TYPES.idToken) return ofIdToken(deps, token, clientId)
  if (type !== TOKEN_TYPES.accessToken && type !== TOKEN_TYPES.jwt) return null
  return token.includes('.') ? ofSigned(await deps.verifyOwn(token)) : ofOpaque(deps, token)
}

function ofSigned(claims: TokenClaims | null): Shown | null {
  if (claims === null) return null
  const { subject, clientId, organization, scopes, grant, session, expiresAt, all } = claims
  const act = readAct(all.act)
  if (act === 'wrong') return null
  const proof = proofIn(all)
  return { subject, clientId, organization, scopes, grant, grantId: null, session, expiresAt, act, proof }
}

async function ofOpaque({ provider }: ReadDeps, token: string): Promise<Shown | null> {
  const found = await provider.AccessToken.find(token)
  if (found?.isValid !== true || found.grantId === undefined) return null
  const grant = await provider.Grant.find(found.grantId)
  if (grant === undefined || grant.accountId !== found.accountId) return null
  const extra: Record<string, unknown> = found.extra ?? {}
  return {
    subject: found.accountId,
    clientId: found.clientId ?? null,
    organization: typeof extra.org === 'string' ? extra.org : null,
    scopes: [...found.scopes],
    grant: grantMark(found.grantId),
    grantId: found.grantId,
    session: found.sid ?? null,
    expiresAt: found.exp ?? 0,
    act: null,
    proof: proofIn(extra),
  }
}

// What an ID token says is who somebody is. What the client may do for them is in the grant that it came from.
async function ofIdToken(deps: ReadDeps, token: string, clientId: string): Promise<Shown | null> {
  const { issuer, signingKeys, clock } = deps
  try {
    const keys = createLocalJWKSet(signingKeys.jwks() as never)
    const options = { issuer, audience: clientId, currentDate: new Date(clock.now()), requiredClaims: ['exp', 'sub'] }
    const { payload, protectedHeader } = await jwtVerify(token, keys, options)
    const subject = payload.sub ?? ''
    const isOther = 'jti' in payload || 'events' in payload || protectedHeader.typ === 'at+jwt'
    const grant = isOther ? null : await liveGrant(deps, subject, clientId)
    if (grant === null) return null
    const { id, organization } = grant
    const session = typeof payload.sid === 'string' ? payload.sid : null
    const rest = { scopes: null, grant: grantMark(id), grantId: id, act: null, proof: proofIn(payload) }
    return { subject, clientId, organization, session, expiresAt: payload.exp ?? 0, ...rest }
  } catch {
    return null
  }
}

async function liveGrant({ store, box, clock }: ReadDeps, personId: string, clientId: string) {
  const row = await entitiesOf(store)
    .selectFrom('oauth_entity')
    .selectAll()
    .where('model', '=', 'Grant')
    .where('person_id', '=', personId)
    .where('client_id', '=', clientId)
    .where('expires_at', '>', clock.now())
    .orderBy('expires_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  const id = row === undefined ? undefined : openPayload(box, row).jti
  return row === undefined || id === undefined ? null : { id, organization: row.organization }
}

function proofIn({ acr, amr, auth_time }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const said = Object.entries({ acr, amr, auth_time })
  return Object.fromEntries(said.filter(([, value]) => value !== undefined))
}

function readAct(value: unknown): Act | null | 'wrong' {
  if (value === undefined) return null
  const isAct = typeof value === 'object' && value !== null && 'sub' in value && typeof value.sub === 'string'
  // We signed it ourselves, so within it is as it should be; its depth grows by one here.
  return isAct && depthOf(value as Act) < MOST_ACTORS ? (value as Act) : 'wrong'
}
