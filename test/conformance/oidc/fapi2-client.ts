import { randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { expect } from 'vitest'
import { type ClientKeyPair, dpopProof, makeClientKeys, signAs } from '../../support/relying-party-keys.ts'
import type { Visitor } from '../../support/visitor.ts'
import { go, type Landing } from './browser.ts'
import { aliasOf, type certificateFor, fetchShowing, type Shown } from './fapi2-certificates.ts'
import {
  type Answer,
  type Asked,
  answerOf,
  CALLBACK,
  codeOf,
  formOf,
  type Parameters,
  type RelyingParty,
  register,
  request,
} from './relying-party.ts'
import { checkAnswer, checkIdToken } from './signed-in.ts'
import type { Suite } from './suite.ts'

/** A client that is held to the FAPI 2.0 security profile, with the keys by which it proves itself and binds its tokens. */
export type Fapi2Client = RelyingParty & {
  readonly keys: ClientKeyPair
  readonly dpop: ClientKeyPair
  /** What its tokens are bound to instead of the key for DPoP. */
  readonly shown?: Shown
}

/** What a case has around it: a server, somebody who is signed in there, and two clients. */
export type Around = {
  readonly suite: Suite
  readonly browser: Visitor
  readonly person: { readonly id: string; readonly email: string; readonly password: string }
  readonly one: Fapi2Client
  readonly other: Fapi2Client
  /** Makes another client of the same kind. */
  readonly register: (wish: Readonly<Record<string, unknown>>) => Promise<Fapi2Client>
}

export async function registerFapi2(
  suite: Suite,
  alg: string,
  wish: Readonly<Record<string, unknown>> = {},
  certify?: (keys: ClientKeyPair['jwks']['keys']) => ReturnType<typeof certificateFor>,
): Promise<Fapi2Client> {
  const [keys, dpop] = await Promise.all([makeClientKeys(alg), makeClientKeys(alg)])
  const strict = { authentication: 'private_key_jwt', fapi2: true, jwks: keys.jwks }
  const certified = certify?.(keys.jwks.keys)
  const usual = { redirectUris: [CALLBACK, `${CALLBACK}?of=bank&and=more`], ...strict, ...certified?.wish }
  const rp = await register(suite, { ...usual, ...wish })
  return { ...rp, keys, dpop, ...(certified === undefined ? {} : { shown: certified.shown }) }
}

/** How a request proves itself otherwise than usual; null for not at all. */
export type Proofs = { readonly assertion?: string | null; readonly dpop?: string | null }
export type Endpoint = 'token_endpoint' | 'pushed_authorization_request_endpoint' | 'userinfo_endpoint'

export const seconds = (): number => Math.floor(Date.now() / 1000)

/** What proves a client (RFC 7523), as the profile wants it: for this server alone, and for a minute. */
export function assertionOf(
  { issuer }: Suite,
  { id, keys }: Fapi2Client,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const usual = { iss: id, sub: id, aud: issuer, jti: randomUUID(), iat: seconds(), exp: seconds() + 60 }
  return signAs(keys, { ...usual, ...claims } as JWTPayload)
}

/** A proof of possession for an endpoint (RFC 9449), with claims of the case's own choice. */
export function proofFor(
  suite: Suite,
  { dpop }: Pick<Fapi2Client, 'dpop'>,
  endpoint: Endpoint,
  claims: Readonly<Record<string, unknown>> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const method = endpoint === 'userinfo_endpoint' ? 'GET' : 'POST'
  return dpopProof(dpop, { url: suite.endpoint(endpoint).href, method, ...claims }, header)
}

/**
 * Sends a form to an endpoint, with an assertion, and at the token endpoint with a proof. A client with a certificate shows
 * it everywhere, unless the case leaves away what it proves.
 */
export async function send(
  suite: Suite,
  client: Fapi2Client,
  endpoint: Endpoint,
  parameters: Parameters,
  proofs: Proofs = {},
): Promise<Answer> {
  const { shown } = client
  const signs = client.authentication === 'private_key_jwt'
  const { assertion = signs ? await assertionOf(suite, client) : null } = proofs
  const isProved = endpoint === 'token_endpoint' && shown === undefined
  const { dpop = isProved ? await proofFor(suite, client, endpoint) : null } = proofs
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const said = assertion === null ? { client_id: client.id } : { client_assertion_type, client_assertion: assertion }
  const body = formOf({ ...(signs && assertion === null ? {} : said), ...parameters })
  const isBare = proofs.dpop === null || (!signs && proofs.assertion === null)
  if (shown !== undefined && !isBare) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const form = { method: 'POST', headers, body: body.toString() }
    return answerOf(await fetchShowing(shown, aliasOf(suite, endpoint), form))
  }
  const headers = dpop === null ? {} : { dpop }
  return answerOf(await fetch(suite.endpoint(endpoint), { method: 'POST', headers, body }))
}

/** Pushes an authorization request (RFC 9126). */
export function push(suite: Suite, client: Fapi2Client, { url }: Asked, proofs: Proofs = {}): Promise<Answer> {
  return send(suite, client, 'pushed_authorization_request_endpoint', Object.fromEntries(url.searchParams), proofs)
}

/** Where a browser goes with a pushed request. */
export function pushedUrl(suite: Suite, { id }: Fapi2Client, pushed: Answer, beside: Parameters = {}): URL {
  expect(pushed).toMatchObject({ status: 201, body: { request_uri: expect.stringMatching(/^urn:/) } })
  const url = suite.endpoint('authorization_endpoint')
  url.search = formOf({ client_id: id, request_uri: pushed.body.request_uri, ...beside }).toString()
  return url
}

/** Makes a request, pushes it, and goes there with somebody's browser. */
export async function ask(
  { suite, browser }: Around,
  client: Fapi2Client,
  more: Parameters = {},
  proofs: Proofs = {},
): Promise<{ readonly asked: Asked; readonly landing: Landing }> {
  const asked = request(suite, client, more)
  const pushed = await push(suite, client, asked, proofs)
  return { asked, landing: await go(browser, pushedUrl(suite, client, pushed)) }
}

/** An authorization that came back with its code, which is not used yet. */
export type Authorized = { readonly asked: Asked; readonly code: string }

export async function authorized(
  around: Around,
  client: Fapi2Client,
  more: Parameters = {},
  proofs: Proofs = {},
): Promise<Authorized> {
  const { asked, landing } = await ask(around, client, more, proofs)
  const code = codeOf(landing)
  checkAnswer(around.suite, client, asked, landing)
  return { asked, code }
}

/** Trades a code for tokens. */
export function redeem(
  suite: Suite,
  client: Fapi2Client,
  { asked, code }: Authorized,
  more: Parameters = {},
  proofs: Proofs = {},
): Promise<Answer> {
  const redirect_uri = asked.url.searchParams.get('redirect_uri') ?? CALLBACK
  const usual = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: asked.verifier }
  return send(suite, client, 'token_endpoint', { ...usual, ...more }, proofs)
}

/** What a client has in the end. */
export type Granted = Authorized & {
  readonly claims: JWTPayload
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each module asserts
  readonly tokens: any
}

/** The whole way to tokens, with everything checked that a client of the profile checks. */
export async function granted(around: Around, client: Fapi2Client, more: Parameters = {}): Promise<Granted> {
  const way = await authorized(around, client, more)
  return { ...way, ...(await checkGranted(around, client, way, await redeem(around.suite, client, way))) }
}

/** FAPI 2.0 Security Profile, sections 5.3.2.1 and 5.4.1; OpenID Connect Core, section 3.1.3.7. */
export async function checkGranted(
  { suite, person }: Around,
  client: Fapi2Client,
  { asked }: Pick<Authorized, 'asked'>,
  { status, headers, body }: Answer,
): Promise<Pick<Granted, 'claims' | 'tokens'>> {
  const type = client.shown === undefined ? 'DPoP' : 'Bearer'
  expect({ status, body }).toMatchObject({ status: 200, body: { token_type: type, id_token: expect.any(String) } })
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.expires_in).toBeGreaterThan(0)
  const claims = await checkIdToken(suite, client, body.id_token)
  expect(algorithmOf(body.id_token)).toMatch(STRONG)
  expect(claims).toMatchObject({ iss: suite.issuer, aud: client.id, sub: person.id })
  expect(claims.nonce).toBe(asked.url.searchParams.get('nonce') ?? undefined)
  return { claims, tokens: body }
}

/** FAPI 2.0 Security Profile, section 5.4.1. */
const STRONG = /^(PS256|ES256|EdDSA|Ed25519)$/

function algorithmOf(jwt: string): string {
  return JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).alg
}

/** Uses an access token at the server's own API, which is userinfo. */
export async function use(
  suite: Suite,
  client: Pick<Fapi2Client, 'dpop' | 'shown'>,
  accessToken: string,
  { scheme = client.shown === undefined ? 'DPoP' : 'Bearer', dpop }: { scheme?: string; dpop?: string | null } = {},
): Promise<Answer> {
  if (client.shown !== undefined && dpop === undefined) {
    const headers = { authorization: `${scheme} ${accessToken}` }
    return answerOf(await fetchShowing(client.shown, aliasOf(suite, 'userinfo_endpoint'), { headers }))
  }
  const proof = dpop === undefined ? await proofFor(suite, client, 'userinfo_endpoint', { accessToken }) : dpop
  const headers = { authorization: `${scheme} ${accessToken}`, ...(proof === null ? {} : { dpop: proof }) }
  return answerOf(await fetch(suite.endpoint('userinfo_endpoint'), { headers }))
}

/** An endpoint refuses, in the words of RFC 6749, section 5.2. */
export function expectRefused({ status, headers, body }: Answer, errors: readonly string[]): void {
  expect({ status, error: body.error }).toEqual({
    status: expect.toBeOneOf([400, 401]),
    error: expect.toBeOneOf([...errors]),
  })
  expect(headers.get('content-type')).toMatch(/^application\/json\b/)
  expect(headers.get('cache-control')).toBe('no-store')
  for (const name of ['access_token', 'id_token', 'refresh_token', 'request_uri']) expect(body).not.toHaveProperty(name)
}
