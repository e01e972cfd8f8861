import { createHash } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { expect } from 'vitest'
import type { Visitor } from '../../support/visitor.ts'
import { go, type Landing } from './browser.ts'
import {
  type Answer,
  type Asked,
  codeOf,
  type Parameters,
  type RelyingParty,
  redeem,
  request,
} from './relying-party.ts'
import type { Suite } from './suite.ts'

/** What a client has in the end. */
export type SignedIn = {
  readonly claims: JWTPayload
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each module asserts
  readonly tokens: any
  readonly asked: Asked
  readonly code: string
}

/** A whole sign-in that needs nobody, with everything checked that any client checks. */
export async function signIn(
  suite: Suite,
  rp: RelyingParty,
  browser: Visitor,
  more: Parameters = {},
): Promise<SignedIn> {
  const asked = request(suite, rp, more)
  return conclude(suite, rp, asked, await go(browser, asked.url))
}

/** Takes the answer of the authorization endpoint, as a client does. */
export async function conclude(suite: Suite, rp: RelyingParty, asked: Asked, landing: Landing): Promise<SignedIn> {
  const code = codeOf(landing)
  checkAnswer(suite, rp, asked, landing)
  const answer = await redeem(suite, rp, asked, code)
  const nonce = asked.url.searchParams.get('nonce') ?? undefined
  return { claims: await checkTokens(suite, rp, answer, nonce), tokens: answer.body, asked, code }
}

/** OpenID Connect Core, section 3.1.2.7, and RFC 9207. */
export function checkAnswer({ issuer }: Suite, rp: RelyingParty, { url, state }: Asked, landing: Landing): void {
  const wanted = url.searchParams.has('state') ? state : null
  if (landing.at !== 'client') throw new Error(`a page stands at ${landing.url}`)
  expect(landing.url.href.startsWith(rp.redirectUri)).toBe(true)
  expect(landing.url.hash).toBe('')
  expect(landing.answer.getAll('state')).toEqual(wanted === null ? [] : [wanted])
  expect(landing.answer.getAll('iss')).toEqual([issuer])
}

/** OpenID Connect Core, sections 3.1.3.3 and 3.1.3.7. */
export async function checkTokens(suite: Suite, rp: RelyingParty, answer: Answer, nonce?: string): Promise<JWTPayload> {
  const { status, headers, body } = answer
  expect({ status, body }).toMatchObject({ status: 200, body: { id_token: expect.any(String) } })
  expect(headers.get('content-type')).toMatch(/^application\/json\b/)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.token_type.toLowerCase()).toBe('bearer')
  expect(body.expires_in).toBeGreaterThan(0)
  const claims = await checkIdToken(suite, rp, body.id_token)
  expect(claims.nonce).toBe(nonce)
  if (claims.at_hash !== undefined) expect(claims.at_hash).toBe(halfHashOf(body.access_token))
  return claims
}

export async function checkIdToken(suite: Suite, rp: RelyingParty, idToken: string): Promise<JWTPayload> {
  const keys = await keysOf(suite)
  const { kid, alg } = decodeProtectedHeader(idToken)
  expect(keys.keys.find((key) => key.kid === kid)?.alg).toBe(alg)
  const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), {
    issuer: suite.issuer,
    audience: rp.id,
    requiredClaims: ['sub', 'iat', 'exp'],
  })
  expect(payload.sub).toMatch(/^[\x21-\x7e]{1,255}$/)
  if (Array.isArray(payload.aud)) expect(payload).toMatchObject({ aud: [rp.id], azp: rp.id })
  return payload
}

/** The public keys of the server, of which none is private (RFC 7517). */
export async function keysOf(suite: Suite): Promise<JSONWebKeySet> {
  const answer = await fetch(suite.endpoint('jwks_uri'))
  expect(answer.status).toBe(200)
  const keys = (await answer.json()) as JSONWebKeySet
  expect(new Set(keys.keys.map(({ kid }) => kid)).size).toBe(keys.keys.length)
  for (const key of keys.keys)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
  return keys
}

function halfHashOf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
}
