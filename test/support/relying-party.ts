import { randomBytes } from 'node:crypto'
import * as oidc from 'openid-client'
import { operator } from '../../src/server/index.ts'
import type { Control } from './control.ts'
import { type Made, makePerson } from './people.ts'
import { openVisitor, type Visitor } from './visitor.ts'

export const CALLBACK = 'https://rp.example.com/callback'

const operating = { principal: operator, address: null, userAgent: 'test', requestId: null }

type Wish = Parameters<Control['serving']['system']['clients']['create']>[0]['settings']
/** A registered client, with its secret where it has one. */
export type Registered = { readonly id: string; readonly secret: string | null }

/** Registers a client, as the operator: a web application of our own unless told. */
export async function makeClient({ serving }: Pick<Control, 'serving'>, wish: Partial<Wish> = {}): Promise<Registered> {
  const usual = { name: 'Shop', redirectUris: [CALLBACK], firstParty: true, consent: 'never' } as const
  const made = await serving.system.clients.create(
    { settings: { ...usual, ...wish }, secretExpiresAt: null, source: 'admin' },
    operating,
    null,
  )
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  return { id: made.value.client.id, secret: made.value.secret?.reveal() ?? null }
}

/** The client as `openid-client` has it, found by discovery. */
export async function discover(
  control: Pick<Control, 'url'>,
  { id, secret }: Registered,
  authentication?: oidc.ClientAuth,
): Promise<oidc.Configuration> {
  const how = authentication ?? (secret === null ? oidc.None() : oidc.ClientSecretBasic(secret))
  return oidc.discovery(new URL(control.url), id, undefined, how, { execute: [oidc.allowInsecureRequests] })
}

/** Somebody in a browser, signed in by password. */
export async function signIn(control: Control, person?: Made): Promise<{ person: Made; visitor: Visitor }> {
  const made = person ?? (await makePerson(control))
  const visitor = openVisitor(control.url)
  const { email, password } = made
  const answer = await visitor.post('/v1/auth/login', { email, password })
  if (answer.body.next !== 'done') throw new Error(JSON.stringify(answer.body))
  return { person: made, visitor }
}

/** Follows redirects until one leads to the client, or a page comes. */
export async function follow(
  visitor: Visitor,
  from: string | URL,
): Promise<{ url: URL; status: number; body: unknown }> {
  let at = new URL(from)
  for (let hops = 0; hops < 10; hops++) {
    const answer = await visitor.get(at.pathname + at.search)
    const location = answer.headers.get('location')
    if (location === null) return { url: at, status: answer.status, body: answer.body }
    const next = new URL(location, at)
    if (next.origin !== at.origin) return { url: next, status: answer.status, body: null }
    at = next
  }
  throw new Error(`more than ten redirects, the last to ${at}`)
}

export type Authorization = {
  readonly callback: URL
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

/** An authorization request with PKCE, as a client makes it. */
export type Asked = Omit<Authorization, 'callback'> & { readonly url: URL }

export async function askFor(
  config: oidc.Configuration,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const verifier = oidc.randomPKCECodeVerifier()
  const [state, nonce] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  })
  return { url, verifier, state, nonce }
}

/** Goes through an authorization request with PKCE, as a browser does, up to the address of the client. */
export async function authorize(
  config: oidc.Configuration,
  visitor: Visitor,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Authorization> {
  const { url, ...asked } = await askFor(config, parameters)
  const { url: callback, status, body } = await follow(visitor, url)
  if (callback.origin !== new URL(CALLBACK).origin) throw new Error(`${status} at ${callback}: ${JSON.stringify(body)}`)
  return { callback, ...asked }
}

/** Trades the code of an authorization for tokens. */
export function redeem(config: oidc.Configuration, { callback, verifier, state, nonce }: Authorization) {
  return oidc.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  })
}
