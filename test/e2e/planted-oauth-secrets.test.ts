import { randomUUID } from 'node:crypto'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { freePort } from '../support/keeper.ts'
import { authorize, CALLBACK, discover, type Registered, redeem } from '../support/relying-party.ts'
import { makeClientKeys, signAs } from '../support/relying-party-keys.ts'
import { openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const API = 'https://api.example.com'
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const SCOPES = ['openid', 'offline_access', 'orders:read']
const PASSWORD = `correct horse ${randomUUID()}`

const yaml = (issuer: string) => `
issuer: ${issuer}
log: { level: trace }
identity: { answerDelay: 0ms, passwords: { breach: { mode: "off" } } }
oauth:
  registration: open
  passwordTokens: true
  resources: [{ id: "${API}", scopes: ["orders:read"] }]
`

describe.each(backends)('secrets of the authorization server, on $name,', ({ open }) => {
  let world: World
  let place: Place
  let server: RunningSallyport
  let admin: string
  let visitor: Visitor
  const planted = new Map<string, string>()

  beforeAll(async () => {
    world = await open()
    const port = await freePort()
    place = await openPlace(world, yaml(`http://localhost:${port}`))
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*', '--scope', '*'])).key)
    server = await place.serve({ env: { SALLYPORT_CONTROL_PORT: String(port) } })
    visitor = openVisitor(`http://localhost:${port}`)
  })
  afterAll(async () => {
    await server?.stop()
    await world?.close()
  })

  const plant = (what: string, secret: unknown): string => {
    expect(secret, what).toMatch(/^.{8,}$/)
    planted.set(what, String(secret))
    return String(secret)
  }
  const control = () => ({ url: server.control.replace('127.0.0.1', 'localhost') })
  const send = async (path: string, body: object, headers: object = {}) => {
    const form = body instanceof URLSearchParams
    const answer = await fetch(new URL(path, control().url), {
      method: 'POST',
      headers: { ...(form ? {} : { 'content-type': 'application/json' }), ...headers },
      body: form ? body : JSON.stringify(body),
    })
    const text = await answer.text()
    return text.startsWith('{') ? JSON.parse(text) : {}
  }
  const basic = ({ id, secret }: Registered) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })
  const register = async (wish: object): Promise<Registered> => {
    const usual = { name: 'Shop', redirectUris: [CALLBACK], firstParty: true, consent: 'never', scopes: SCOPES }
    const { id, secret = null } = await send('/v1/clients', { ...usual, ...wish }, { 'x-api-key': admin })
    expect(id).toMatch(/^cli_/)
    return { id, secret }
  }

  it('stand in no row, log, Event or metric, whether they were good or used at the wrong place', {
    timeout: 240_000,
  }, async () => {
    const email = `p${randomUUID()}@example.com`
    const person = { email, name: 'Ada', password: plant('a password', PASSWORD), roles: ['analyst'], verified: true }
    await send('/v1/users', person, { 'x-api-key': admin })
    const web = await register({ passwordTokens: true })
    plant('a secret of a client', web.secret)
    await ofPerson(web, email)
    await ofDevice()
    await ofStrangers()
    await ofKeys()
    for (const secret of planted.values()) await useEverywhere(web, secret)

    const metrics = await (await fetch(`${server.control}/metrics`)).text()
    await server.stop()
    const events = (await place.command(['audit', 'export'])).stdout
    expect(events).toContain('oauth.refused')
    const places = [
      ['metrics', metrics],
      ['log', server.output()],
      ['events', events],
    ] as [string, string][]
    const stored = await everythingStored(world)
    expect(stored.some(([, text]) => text.includes(web.id))).toBe(true)
    const found = [...places, ...stored].flatMap(([name, text]) =>
      [...planted].filter(([, secret]) => text.includes(secretPart(secret))).map(([what]) => `${what} in ${name}`),
    )
    expect(found).toEqual([])
    expect(planted.size).toBeGreaterThanOrEqual(16)
  })

  async function ofPerson(web: Registered, email: string): Promise<void> {
    await visitor.post('/v1/auth/login', { email, password: PASSWORD })
    plant('a session', visitor.cookies().find(({ name }) => name === '__Host-sallyport_session')?.value)
    const config = await discover(control(), web)
    const asked = await authorize(config, visitor, { scope: SCOPES.join(' '), resource: API })
    plant('a code', asked.callback.searchParams.get('code'))
    plant('a verifier', asked.verifier)
    const tokens = await redeem(config, asked)
    plant('an access token', tokens.access_token)
    plant('an ID token', tokens.id_token)
    plant('a refresh token', tokens.refresh_token)
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    plant('the next refresh token', renewed.refresh_token)
    const opaque = await redeem(config, await authorize(config, visitor, { scope: 'openid' }))
    plant('an opaque access token', opaque.access_token)
    plant(
      'a code that nobody redeems',
      (await authorize(config, visitor, { scope: 'openid' })).callback.searchParams.get('code'),
    )
    const pushed = new URLSearchParams({ client_id: web.id, response_type: 'code', redirect_uri: CALLBACK })
    for (const [name, value] of Object.entries({
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }))
      pushed.set(name, value)
    plant('a pushed request', (await send('/oauth/par', pushed, basic(web))).request_uri)
    const traded = { clientId: web.id, clientSecret: web.secret, email, password: PASSWORD, scopes: ['openid'] }
    plant('an access token for a password', (await send('/v1/auth/token', traded)).accessToken)
  }

  async function ofDevice(): Promise<void> {
    const wish = { kind: 'public', grants: [DEVICE_CODE], redirectUris: [], scopes: ['openid'], firstParty: false }
    const { id } = await register({ ...wish, consent: 'once' })
    const device = await send('/oauth/device/authorize', new URLSearchParams({ client_id: id, scope: 'openid' }))
    plant('a code of a device', device.device_code)
    plant('a code that people type', device.user_code)
  }

  async function ofStrangers(): Promise<void> {
    const said = { client_name: 'App', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'client_secret_basic' }
    const made = await send('/oauth/register', said)
    plant('a registered secret', made.client_secret)
    plant('a token of a registration', made.registration_access_token)
    const headers = { 'x-api-key': admin }
    plant('an initial token', (await send('/v1/clients/registration-tokens', { name: 'x' }, headers)).token)
  }

  async function ofKeys(): Promise<void> {
    const keys = await makeClientKeys()
    const wish = { grants: ['client_credentials'], redirectUris: [], firstParty: false, consent: 'once' }
    const more = { permissions: ['orders:read'], scopes: ['orders:read'], authentication: 'private_key_jwt' }
    const { id } = await register({ ...wish, ...more, jwks: keys.jwks })
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: id, sub: id, aud: control().url, iat: now, exp: now + 60, jti: randomUUID() }
    const assertion = plant('an assertion', await signAs(keys, claims))
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      resource: API,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
    plant('a token of a service', (await send('/oauth/token', form)).access_token)
  }

  /** As those do who confuse one thing with another. */
  async function useEverywhere(web: Registered, secret: string): Promise<void> {
    const form = (more: object) => new URLSearchParams({ client_id: web.id, ...more })
    await Promise.all([
      send('/oauth/token', form({ grant_type: 'refresh_token', refresh_token: secret, client_secret: secret })),
      send('/oauth/token', form({ grant_type: secret, code: secret }), basic(web)),
      send('/oauth/introspect', form({ token: secret }), basic(web)),
      send('/oauth/introspect', form({ token: secret, client_assertion: secret })),
      send('/oauth/register', { client_name: 'x', redirect_uris: [secret] }, { authorization: `Bearer ${secret}` }),
      send('/v1/auth/token/verify', { token: secret }, { 'x-api-key': admin }),
      send('/v1/auth/token', { clientId: web.id, clientSecret: secret, email: 'a@example.com', password: secret }),
      visitor.get(`/oauth/authorize?${form({ request_uri: secret, request: secret, id_token_hint: secret })}`),
      visitor.get(`/oauth/userinfo?access_token=${encodeURIComponent(secret)}`),
      visitor.get('/oauth/userinfo', undefined, { authorization: `Bearer ${secret}` }),
      visitor.get(`/oauth/logout?${form({ id_token_hint: secret })}`),
    ])
  }

  // What stands before it says what it is: a secret is told by its prefix, a request by its urn; of a token it is the signature.
  function secretPart(secret: string): string {
    const last = secret.split(/[.:]/).at(-1) ?? ''
    return last.startsWith('sp') && last[3] === '_' ? last.slice(4, -6) : last
  }
})
