import { randomUUID } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { authorize, discover, makeClient, type Registered, redeem, signIn } from '../support/relying-party.ts'
import { startUpstream, type Upstream } from '../support/sallyport.ts'
import { tenantOf } from '../support/tenants.ts'

const API = 'https://api.example.com'
const STOCK = 'https://stock.example.com'
const SCOPES = ['openid', 'orders:read']

describe.each(backends)('what is asked about tokens, on $name', ({ open }) => {
  let world: World
  let upstream: Upstream
  let control: Control
  let there: Control
  let env: Record<string, string>

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    const resources = [
      { id: API, scopes: ['orders:read'] },
      { id: STOCK, scopes: ['orders:read'], accessTokens: 'opaque' },
    ]
    const route = (id: string, authenticate: string[], audience: string) => ({
      id,
      match: { path: `/${id}` },
      upstream: 'api',
      authenticate,
      require: { level: 'known' },
      tokens: { audience },
    })
    env = {
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources),
      SALLYPORT_GATEWAY_UPSTREAMS: JSON.stringify({ api: { targets: [upstream.url] } }),
      SALLYPORT_GATEWAY_ROUTES: JSON.stringify([
        route('orders', ['jwt'], API),
        route('stock', ['opaque'], STOCK),
        route('both', ['jwt', 'opaque'], STOCK),
      ]),
    }
    control = await openControl(world, { issuerHost: 'localhost', role: 'all', env })
    there = await openControl(world, { role: 'all', env: { ...env, SALLYPORT_ISSUER: control.url } })
  })
  afterAll(async () => {
    await Promise.all([control?.stop(), there?.stop()])
    await upstream?.close()
    await world?.close()
  })

  async function ask(node: Control, path: string, client: Registered, token: string, headers: object = {}) {
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    const isPublic = client.secret === null
    const answer = await fetch(new URL(path, node.url), {
      method: 'POST',
      headers: { ...(isPublic ? {} : { authorization: basic }), ...headers },
      body: new URLSearchParams({ token, ...(isPublic ? { client_id: client.id } : {}) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, body: text.startsWith('{') ? JSON.parse(text) : null }
  }
  const introspect = (client: Registered, token: string, node = control) =>
    ask(node, '/oauth/introspect', client, token)
  const dead = async (client: Registered, token: string) => {
    for (const node of [control, there]) {
      const active = async () => (await introspect(client, token, node)).body.active
      await expect.poll(active, { timeout: 10_000, interval: 20 }).toBe(false)
    }
  }
  async function tokenFor(resource: string) {
    const client = await makeClient(control, { scopes: SCOPES })
    const config = await discover(control, client)
    const { person, visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    const asked = await authorize(config, visitor, { scope: 'openid orders:read', resource })
    const { access_token: token, refresh_token: refresh = '' } = await redeem(config, asked)
    return { client, config, person, visitor, token, refresh }
  }
  const through = async (node: Control, path: string, token: string) =>
    (await fetch(new URL(path, node.serving.gateway ?? undefined), { headers: { authorization: `Bearer ${token}` } }))
      .status

  it.each([
    ['signed', API],
    ['opaque', STOCK],
  ])('a %s token is told about to its client and to APIs that it is for, and to nobody else', async (_, resource) => {
    const { client, token, person } = await tokenFor(resource)
    const told = (await introspect(client, token)).body
    expect(told).toMatchObject({ active: true, iss: control.url, sub: person.id, aud: resource, client_id: client.id })
    expect(told).toMatchObject({ scope: 'orders:read', permissions: ['orders:read'], token_type: 'Bearer' })
    expect(told).not.toHaveProperty('gid')
    const api = await makeClient(control, { grants: ['client_credentials'], redirectUris: [], resources: [resource] })
    expect((await introspect(api, token)).body).toMatchObject({ active: true, sub: person.id })
    const elsewhere = resource === API ? STOCK : API
    const other = await makeClient(control, {
      grants: ['client_credentials'],
      redirectUris: [],
      resources: [elsewhere],
    })
    expect((await introspect(other, token)).body).toEqual({ active: false })
    const anybody = await makeClient(control, { kind: 'public', authentication: 'none' })
    expect((await introspect(anybody, token)).body).toEqual({ active: false })
    const stranger = await introspect({ id: client.id, secret: 'wrong' }, token)
    expect([stranger.status, stranger.body.error]).toEqual([401, 'invalid_client'])
  })

  it('whatever is wrong with a signed token, it is not active, and nothing more is told', async () => {
    const { client, token } = await tokenFor(API)
    const [head, body, sign = ''] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
    const wrong = [
      `${head}.${body}.${sign.slice(0, -4)}AAAA`,
      `${forged}.${body}.`,
      `${forged}.${body}.x`,
      'a.b.c',
      '...',
    ]
    for (const text of wrong) expect((await introspect(client, text)).body, text).toEqual({ active: false })
  })

  it('the answer is signed where that is asked for', async () => {
    const { client, token } = await tokenFor(API)
    const accept = { accept: 'application/token-introspection+jwt' }
    const { text } = await ask(control, '/oauth/introspect', client, token, accept)
    const keys = createRemoteJWKSet(new URL('/oauth/jwks', control.url))
    const { payload, protectedHeader } = await jwtVerify(text, keys, { issuer: control.url })
    expect(protectedHeader.typ).toBe('token-introspection+jwt')
    expect(payload.token_introspection).toMatchObject({ active: true, client_id: client.id })
  })

  it.each([
    ['signed', API, '/orders'],
    ['opaque', STOCK, '/stock'],
  ])('a %s token that its client revokes is dead on every node, and after a restart', async (_, resource, path) => {
    const { client, token } = await tokenFor(resource)
    for (const node of [control, there]) expect(await through(node, path, token)).toBe(200)
    const other = await makeClient(control)
    expect((await ask(control, '/oauth/revoke', other, token)).status).toBe(200)
    expect((await introspect(client, token)).body.active).toBe(true)
    expect((await ask(control, '/oauth/revoke', client, token)).status).toBe(200)
    await dead(client, token)
    for (const node of [control, there]) {
      await expect.poll(() => through(node, path, token), { timeout: 10_000, interval: 20 }).toBe(401)
    }
    const again = await openControl(world, { role: 'all', env: { ...env, SALLYPORT_ISSUER: control.url } })
    try {
      expect((await introspect(client, token, again)).body.active).toBe(false)
      expect(await through(again, path, token)).toBe(401)
    } finally {
      await again.stop()
    }
    expect((await ask(control, '/oauth/revoke', client, token)).status).toBe(200)
  })

  it('at the gateway opaque tokens are taken where a route says so, and signed ones only where it says that', async () => {
    const [signed, opaque] = [await tokenFor(API), await tokenFor(STOCK)]
    expect(await through(control, '/orders', opaque.token)).toBe(401)
    expect(await through(control, '/stock', signed.token)).toBe(401)
    expect(await through(there, '/both', opaque.token)).toBe(200)
    expect(await through(there, '/stock', `${opaque.token}x`)).toBe(401)
    await opaque.visitor.post('/v1/auth/logout')
    await expect.poll(() => through(there, '/stock', opaque.token), { timeout: 10_000 }).toBe(401)
  })

  it('a token that was bought with an API key is told about too', async () => {
    const { key } = await control.keyWith(['orders:read'])
    const bought = await control.call(key, 'POST', '/v1/keys/exchange', { audience: API })
    const token = String(bought.body.accessToken ?? bought.body.access_token)
    const api = await makeClient(control, { grants: ['client_credentials'], redirectUris: [], resources: [API] })
    expect((await introspect(api, token)).body).toMatchObject({ active: true, kind: 'service', aud: API })
  })

  describe('administrators', () => {
    const may = async () => (await control.keyWith(['*'], { scopes: ['*'] })).key
    const revoke = async (body: object) => control.call(await may(), 'POST', '/v1/tokens/revoke', body)

    it.each(['token', 'session', 'user', 'client'] as const)('end what is issued by %s', async (kind) => {
      const begun = await tokenFor(API)
      const { sid, jti } = (await introspect(begun.client, begun.token)).body
      const ref = { token: jti, session: sid, user: begun.person.id, client: begun.client.id }[kind]
      expect((await revoke({ kind, ref })).status).toBe(204)
      await dead(begun.client, begun.token)
      const renewed = oidc.refreshTokenGrant(begun.config, begun.refresh)
      if (kind !== 'token') return expect(renewed).rejects.toMatchObject({ error: 'invalid_grant' })
      expect((await introspect(begun.client, (await renewed).access_token)).body.active).toBe(true)
    })

    it('end what a client got before a moment, and nothing since', async () => {
      const { client, config, token, refresh } = await tokenFor(API)
      const issuedBefore = new Date(Date.now() + 1).toISOString()
      await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(issuedBefore))
      const { access_token: next } = await oidc.refreshTokenGrant(config, refresh)
      expect((await revoke({ kind: 'client', ref: client.id, issuedBefore })).status).toBe(204)
      await dead(client, token)
      expect((await introspect(client, next)).body.active).toBe(true)
    })

    it('end nothing of people and clients that they do not know, nor without the permission', async () => {
      expect((await revoke({ kind: 'user', ref: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a' })).body.code).toBe('USER_UNKNOWN')
      expect((await revoke({ kind: 'client', ref: 'cli_1hq3v0c9kd5m7w2x8p4t6r1a' })).body.code).toBe('CLIENT_UNKNOWN')
      expect((await revoke({ kind: 'token', ref: '' })).status).toBe(400)
      const { key } = await control.keyWith(['tokens:inspect'])
      const refused = await control.call(key, 'POST', '/v1/tokens/revoke', { kind: 'token', ref: 'tok_x' })
      expect(refused.status).toBe(403)
    })

    it('end nothing of who holds more than they do, neither by the person nor by a session', async () => {
      const { client, token, visitor, person } = await tokenFor(API)
      const { items } = (await visitor.get('/v1/account/sessions')).body
      const { key } = await control.keyWith(['tokens:revoke', 'users:read'])
      for (const wish of [
        { kind: 'user', ref: person.id },
        { kind: 'session', ref: items[0].id },
      ]) {
        const { status, body } = await control.call(key, 'POST', '/v1/tokens/revoke', wish)
        expect([status, body.code]).toEqual([403, 'USER_OUTRANKS'])
      }
      expect((await introspect(client, token)).body.active).toBe(true)
      const { key: enough } = await control.keyWith(['*'], { scopes: ['*'] })
      expect(
        (await control.call(enough, 'POST', '/v1/tokens/revoke', { kind: 'session', ref: items[0].id })).status,
      ).toBe(204)
      await dead(client, token)
    })

    it('end nothing by a jti or sid that is another organization’s, known as it may be', async () => {
      const { client, config, token, refresh } = await tokenFor(API)
      const { sid, jti } = (await introspect(client, token)).body
      const { body } = await control.call(await may(), 'POST', '/v1/organizations', {
        name: `Elsewhere ${randomUUID()}`,
      })
      const tenant = tenantOf(control, body.id)
      const { key } = await tenant.keyWith(['tokens:revoke'])
      for (const wish of [
        { kind: 'token', ref: jti },
        { kind: 'session', ref: sid },
        { kind: 'session', ref: sid, issuedBefore: new Date().toISOString() },
      ]) {
        expect((await control.call(key, 'POST', '/v1/tokens/revoke', wish)).status).toBe(204)
        expect((await introspect(client, token)).body.active).toBe(true)
      }
      expect((await oidc.refreshTokenGrant(config, refresh)).access_token).toMatch(/^ey/)
    })

    it('look into a token of theirs, signed or not', async () => {
      for (const resource of [API, STOCK]) {
        const { token, person } = await tokenFor(resource)
        const { body } = await control.call(await may(), 'POST', '/v1/tokens/inspect', { token })
        expect(body).toMatchObject({ active: true, claims: { sub: person.id, aud: resource } })
        expect(JSON.stringify(body)).not.toContain(token)
      }
      const { body } = await control.call(await may(), 'POST', '/v1/tokens/inspect', { token: 'nothing' })
      expect(body).toEqual({ active: false, claims: null })
    })
  })
})
