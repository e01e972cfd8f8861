import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { discover, makeClient, type Registered, signIn } from '../support/relying-party.ts'

const API = 'https://api.example.com'
const POLL = { timeout: 10_000, interval: 50 }

describe.each(backends)('tokens without a browser, on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    const env = {
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read', 'orders:write'] }]),
      SALLYPORT_OAUTH_PASSWORD_TOKENS: 'true',
      SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const terminal = (more: object = {}) =>
    makeClient(control, {
      redirectUris: [],
      grants: ['refresh_token'],
      scopes: ['openid', 'orders:read', 'orders:write'],
      passwordTokens: true,
      ...more,
    })
  const post = (path: string, body: object, key: string | null = null) => control.call(key, 'POST', path, body)
  const proofOf = ({ id, secret }: Registered) => ({
    clientId: id,
    ...(secret === null ? {} : { clientSecret: secret }),
  })
  const analyst = () => makePerson(control, { roles: ['analyst'] })
  const verifier = async () => (await control.keyWith(['tokens:verify'])).key

  async function trade(client: Registered, more: object = {}) {
    const { id, email, password } = await analyst()
    const { body, status } = await post('/v1/auth/token', {
      ...proofOf(client),
      email,
      password,
      resource: API,
      ...more,
    })
    if (status !== 200) throw new Error(JSON.stringify(body))
    return { person: { id, email, password }, body }
  }

  it('are given for a password, with the scopes that the person holds, and can be renewed', async () => {
    const client = await terminal()
    const { person, body } = await trade(client)
    expect(body).toMatchObject({ next: 'done', tokenType: 'Bearer', expiresIn: 3600, scopes: ['orders:read'] })
    const said = decodeJwt(body.accessToken)
    expect(said).toMatchObject({ sub: person.id, aud: API, scope: 'orders:read', acr: 'aal1', client_id: client.id })
    expect(decodeJwt(body.idToken)).toMatchObject({ sub: person.id, aud: client.id, amr: ['pwd'] })
    const renewed = await oidc.refreshTokenGrant(await discover(control, client), body.refreshToken)
    expect(decodeJwt(renewed.access_token)).toMatchObject({ sub: person.id, aud: API })
  })

  it('hang on a session of the person, and end with it', async () => {
    const client = await terminal()
    const { person, body } = await trade(client)
    const { visitor } = await signIn(control, person)
    const sessions = (await visitor.get('/v1/account/sessions')).body.items
    expect(sessions).toHaveLength(2)
    const key = await verifier()
    const seen = async () => (await post('/v1/auth/token/verify', { token: body.accessToken }, key)).body
    expect(await seen()).toMatchObject({ valid: true, code: null, subject: person.id, scopes: ['orders:read'] })
    const other = sessions.find(({ current }: { current: boolean }) => !current)
    await visitor.delete(`/v1/account/sessions/${other.id}`)
    await expect.poll(seen, POLL).toMatchObject({ valid: false, code: 'TOKEN_REVOKED' })
    const renew = oidc.refreshTokenGrant(await discover(control, client), body.refreshToken)
    await expect(renew).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('need what else the sign-in needs, in the same words, and for some clients a second factor', async () => {
    const client = await terminal()
    const { email, password } = await makePerson(control, { verified: false })
    const { status, body } = await post('/v1/auth/token', { ...proofOf(client), email, password })
    expect([status, body.next]).toEqual([200, 'verify_email'])
    expect(body.accessToken).toBeUndefined()
    const again = await post('/v1/auth/token', { ...proofOf(client), flow: body.flow })
    expect(again.body.next).toBe('verify_email')
    const strict = await terminal({ requireMfa: true })
    const person = await analyst()
    const answer = await post('/v1/auth/token', {
      ...proofOf(strict),
      email: person.email,
      password: person.password,
    })
    expect([answer.status, answer.body.code]).toEqual([400, 'TOKENS_REFUSED'])
    const { visitor } = await signIn(control, person)
    expect((await visitor.get('/v1/account/sessions')).body.items).toHaveLength(1)
  })

  it('are not given for a wrong password, to a wrong client, or for more than it may', async () => {
    const client = await terminal()
    const { email, password } = await analyst()
    const codeOf = async (body: object) => (await post('/v1/auth/token', body)).body.code
    const right = { ...proofOf(client), email, password }
    expect(await codeOf({ ...right, password: 'wrong horse battery staple' })).toBe('SIGN_IN_FAILED')
    expect(await codeOf({ ...right, clientSecret: 'spc_wrong' })).toBe('CLIENT_REFUSED')
    expect(await codeOf({ clientId: client.id, email, password })).toBe('CLIENT_REFUSED')
    expect(await codeOf({ ...right, clientId: 'cli_1hq3v0c9kd5m7w2x8p4t6r1a' })).toBe('CLIENT_REFUSED')
    expect(await codeOf({ ...proofOf(await makeClient(control)), email, password })).toBe('CLIENT_REFUSED')
    expect(await codeOf({ ...right, scopes: ['orders:delete'] })).toBe('TOKENS_REFUSED')
    expect(await codeOf({ ...right, resource: 'https://elsewhere.example.com' })).toBe('TOKENS_REFUSED')
  })

  it('are locked away with the account, like every other sign-in', async () => {
    const client = await terminal()
    const { email } = await analyst()
    const tries = Array.from({ length: 12 }, () =>
      post('/v1/auth/token', { ...proofOf(client), email, password: 'wrong horse battery' }),
    )
    const codes = (await Promise.all(tries)).map(({ body }) => body.code)
    expect(codes).toContain('SIGN_IN_LIMITED')
  })

  it('cannot be had at the token endpoint, by whoever has a session and a client', async () => {
    const client = await terminal()
    const { visitor } = await signIn(control, await analyst())
    for (const word of ['', 'AAAA', Buffer.alloc(32).toString('base64url')]) {
      const form = new URLSearchParams({
        grant_type: 'urn:sallyport:params:oauth:grant-type:session',
        session_word: word,
      })
      const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
      expect((await visitor.post('/oauth/token', form, { authorization })).body.access_token).toBeUndefined()
    }
  })

  it('are ended by whoever holds them, one by one or with all that came with it', async () => {
    const client = await terminal()
    const key = await verifier()
    const { body } = await trade(client)
    const codeOf = async (token: string) => (await post('/v1/auth/token/verify', { token }, key)).body.code
    expect((await post('/v1/auth/token/revoke', { token: body.accessToken })).status).toBe(204)
    await expect.poll(() => codeOf(body.accessToken), POLL).toBe('TOKEN_REVOKED')
    const renewed = await oidc.refreshTokenGrant(await discover(control, client), body.refreshToken)
    expect((await post('/v1/auth/token/revoke', { token: renewed.refresh_token ?? '' })).status).toBe(204)
    await expect.poll(() => codeOf(renewed.access_token), POLL).toBe('TOKEN_REVOKED')
    expect((await post('/v1/auth/token/revoke', { token: 'nothing' })).status).toBe(204)
  })

  it('are judged for who asks and may, each fault by its code', async () => {
    const { body } = await trade(await terminal())
    const key = await verifier()
    const codeOf = async (token: string, more: object = {}) =>
      (await post('/v1/auth/token/verify', { token, ...more }, key)).body.code
    expect(await codeOf(body.accessToken, { audience: API })).toBeNull()
    expect(await codeOf(body.accessToken, { audience: 'https://elsewhere.example.com' })).toBe('AUDIENCE_INVALID')
    expect(await codeOf(`${body.accessToken.slice(0, -8)}AAAAAAAA`)).toBe('SIGNATURE_INVALID')
    expect(await codeOf(body.idToken)).toBe('TOKEN_TYPE')
    expect(await codeOf('nothing')).toBe('TOKEN_MALFORMED')
    const { key: other } = await control.keyWith(['keys:verify'])
    expect((await post('/v1/auth/token/verify', { token: body.accessToken }, other)).status).toBe(403)
    expect((await post('/v1/auth/token/verify', { token: body.accessToken })).status).toBe(401)
  })
})

describe('tokens for passwords', () => {
  it('are not there unless they are switched on', async () => {
    const [first] = backends
    const world = await first?.open()
    if (world === undefined) throw new Error('there is no database')
    const control = await openControl(world, { issuerHost: 'localhost' })
    const { id, secret } = await makeClient(control, { passwordTokens: true })
    const { email, password } = await makePerson(control)
    const answer = await control.call(null, 'POST', '/v1/auth/token', {
      clientId: id,
      clientSecret: secret,
      email,
      password,
    })
    expect([answer.status, answer.body.code]).toEqual([403, 'PASSWORD_TOKENS_OFF'])
    const metadata = await (await fetch(`${control.url}/.well-known/openid-configuration`)).json()
    expect(JSON.stringify(metadata)).not.toContain('grant-type:session')
    await control.stop()
    await world.close()
  })
})
