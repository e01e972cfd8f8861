import { createHash, randomBytes } from 'node:crypto'
import type { Landing } from './browser.ts'
import type { Suite } from './suite.ts'

export const CALLBACK = 'https://rp.example.com/callback'
export const AFTER_LOGOUT = 'https://rp.example.com/signed-out'

export type Parameters = Readonly<Record<string, string | undefined>>

/** A registered client. */
export type RelyingParty = {
  readonly id: string
  readonly secret: string | null
  readonly redirectUri: string
  readonly authentication: 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  /** Signs what proves the client, for who has keys. */
  readonly assert?: (audience: string) => Promise<string>
}

const USUAL = {
  name: 'Conformance',
  redirectUris: [CALLBACK],
  postLogoutRedirectUris: [AFTER_LOGOUT],
  scopes: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
  firstParty: true,
  consent: 'never',
}

/** Registers a client: a web application with a secret unless told. */
export async function register(
  { control, admin }: Suite,
  wish: Readonly<Record<string, unknown>> = {},
  assert?: RelyingParty['assert'],
): Promise<RelyingParty> {
  const { status, body } = await control.call(admin, 'POST', '/v1/clients', { ...USUAL, ...wish })
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`)
  const { id, secret, redirectUris, authentication } = body
  return { id, secret, redirectUri: redirectUris[0], authentication, ...(assert === undefined ? {} : { assert }) }
}

/** What a client remembers between its request and the answer. */
export type Asked = { readonly url: URL; readonly verifier: string; readonly state: string; readonly nonce: string }

/** An authorization request with state, nonce and PKCE. What is undefined in `more` is left out. */
export function request(suite: Suite, rp: RelyingParty, more: Parameters = {}): Asked {
  const verifier = randomBytes(32).toString('base64url')
  const [state, nonce] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')]
  const url = suite.endpoint('authorization_endpoint')
  const parameters = {
    client_id: rp.id,
    redirect_uri: rp.redirectUri,
    response_type: 'code',
    scope: 'openid',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...suite.asking,
    ...more,
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return { url, verifier, state, nonce }
}

/** The code that a client got. @throws with what came instead */
export function codeOf(landing: Landing): string {
  const code = landing.at === 'client' ? landing.answer.get('code') : null
  if (code === null) throw new Error(`no code: ${said(landing)}`)
  return code
}

function said(landing: Landing): string {
  if (landing.at === 'client') return `${landing.url} ${landing.answer}`
  return `${landing.status} ${landing.url} ${/<title>(.*?)<\/title>/.exec(String(landing.body))?.[1]}`
}

/** What the token endpoint answers. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each module asserts
  readonly body: any
}

/** Asks the token endpoint as a client, by the way in which it proves itself. */
export async function token(suite: Suite, rp: RelyingParty, parameters: Parameters): Promise<Answer> {
  const url = suite.endpoint('token_endpoint')
  const proof = await proofOf(suite, rp)
  const body = formOf({ ...proof.body, ...parameters })
  return answerOf(await fetch(url, { method: 'POST', headers: proof.headers, body }))
}

/** Trades a code for tokens. */
export function redeem(suite: Suite, rp: RelyingParty, { verifier }: Asked, code: string): Promise<Answer> {
  const redirect_uri = rp.redirectUri
  return token(suite, rp, { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier })
}

async function proofOf(
  { issuer }: Suite,
  { id, secret, authentication, assert }: RelyingParty,
): Promise<{ headers: Record<string, string>; body: Parameters }> {
  if (authentication === 'client_secret_basic') {
    const both = [id, secret ?? ''].map(encodeURIComponent).join(':')
    return { headers: { authorization: `Basic ${Buffer.from(both).toString('base64')}` }, body: {} }
  }
  if (authentication === 'client_secret_post')
    return { headers: {}, body: { client_id: id, client_secret: secret ?? '' } }
  if (authentication === 'none') return { headers: {}, body: { client_id: id } }
  if (assert === undefined) throw new Error('a client that proves itself by a key needs one')
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  return { headers: {}, body: { client_assertion_type, client_assertion: await assert(issuer) } }
}

/** Asks userinfo, with the access token in the header unless told. */
export async function userinfo(
  suite: Suite,
  accessToken: string,
  how: 'get' | 'post' | 'body' = 'get',
): Promise<Answer> {
  const url = suite.endpoint('userinfo_endpoint')
  const headers = { authorization: `Bearer ${accessToken}` }
  if (how === 'body') return answerOf(await fetch(url, { method: 'POST', body: formOf({ access_token: accessToken }) }))
  return answerOf(await fetch(url, { method: how, headers }))
}

export function formOf(parameters: Parameters): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) form.set(name, value)
  return form
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}
