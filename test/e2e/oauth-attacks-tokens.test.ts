import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOKEN_EXCHANGE } from '../../src/oauth/index.ts'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Made, makePerson } from '../support/people.ts'
import { authorize, discover, makeClient, type Registered, redeem, signIn } from '../support/relying-party.ts'
import { makeClientKeys, requestObject, signAs } from '../support/relying-party-keys.ts'
import { startUpstream, type Upstream } from '../support/sallyport.ts'

const [API, STOCK] = ['https://api.example.com', 'https://stock.example.com']
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const ID = 'urn:ietf:params:oauth:token-type:id_token'
const SCOPES = ['openid', 'offline_access', 'orders:read']

describe.each(backends)('a token where it does not belong, on $name,', ({ open }) => {
  let world: World
  let upstream: Upstream
  let control: Control
  let root: string

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    const route = (name: string) => ({
      id: name,
      match: { path: `/${name}` },
      upstream: 'api',
      authenticate: [name],
      require: { scopes: ['orders:read'] },
      tokens: { audience: name === 'jwt' ? API : STOCK },
    })
    const env = {
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([
        { id: API, scopes: ['orders:read'] },
        { id: STOCK, scopes: ['orders:read'], accessTokens: 'opaque' },
      ]),
      SALLYPORT_OAUTH_PASSWORD_TOKENS: 'true',
      SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
      SALLYPORT_GATEWAY_UPSTREAMS: JSON.stringify({ api: { targets: [upstream.url] } }),
      SALLYPORT_GATEWAY_ROUTES: JSON.stringify([route('jwt'), route('opaque')]),
    }
    control = await openControl(world, { issuerHost: 'localhost', role: 'all', env })
    root = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await world?.close()
  })

  const bearing = async (url: string | URL, token: string) =>
    (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status
  const atGateway = (path: string, token: string) => bearing(new URL(path, String(control.serving.gateway)), token)
  const analyst = (organization = 'org_default') => makePerson(control, { roles: ['analyst'], organization })

  async function tokensOf(client: Registered, person: Made, resource = API) {
    const config = await discover(control, client)
    const { visitor } = await signIn(control, person)
    const wish = { scope: SCOPES.join(' '), resource }
    return { visitor, config, tokens: await redeem(config, await authorize(config, visitor, wish)) }
  }

  it('is taken nowhere else than where it is for', async () => {
    const client = await makeClient(control, { scopes: SCOPES })
    const { config, visitor, tokens } = await tokensOf(client, await analyst())
    expect(await atGateway('/jwt', tokens.access_token)).toBe(200)
    const seen = upstream.seen.length

    const keys = await makeClientKeys()
    const keyed = await makeClient(control, { authentication: 'private_key_jwt', jwks: keys.jwks, scopes: SCOPES })
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: keyed.id, sub: keyed.id, aud: control.url, iat: now, exp: now + 60, jti: crypto.randomUUID() }
    const pushed = { client_id: client.id, redirect_uri: 'https://rp.example.com/callback', response_type: 'code' }
    const strays: Record<string, string> = {
      'an ID token': tokens.id_token ?? '',
      'a refresh token': tokens.refresh_token ?? '',
      'a client assertion': await signAs(keys, claims),
      'a client assertion that says it is an access token': await signAs(
        keys,
        { ...claims, aud: API, scope: 'orders:read', client_id: keyed.id },
        { typ: 'at+jwt' },
      ),
      'a request object': await requestObject(keys, { clientId: keyed.id, issuer: control.url, ...pushed }),
      'a code': (await authorize(config, visitor, { scope: 'openid' })).callback.searchParams.get('code') ?? '',
      'a secret of a client': client.secret ?? '',
      'a session': visitor.cookies().find(({ name }) => name === '__Host-sallyport_session')?.value ?? '',
    }
    for (const [what, token] of Object.entries(strays)) {
      expect(token, what).not.toBe('')
      expect([what, await atGateway('/jwt', token), await atGateway('/opaque', token)]).toEqual([what, 401, 401])
      expect([what, await bearing(`${control.url}/oauth/userinfo`, token)]).toEqual([what, 401])
      expect([what, await bearing(`${control.url}/v1/account/sessions`, token)]).toEqual([what, 401])
    }
    expect(upstream.seen).toHaveLength(seen)
  })

  it('for an API is taken by no other, and not at userinfo', async () => {
    const client = await makeClient(control, { scopes: SCOPES })
    const person = await analyst()
    const signed = (await tokensOf(client, person)).tokens.access_token
    const opaque = (await tokensOf(client, person, STOCK)).tokens.access_token
    expect([await atGateway('/jwt', signed), await atGateway('/opaque', opaque)]).toEqual([200, 200])
    expect([await atGateway('/opaque', signed), await atGateway('/jwt', opaque)]).toEqual([401, 401])
    const userinfo = `${control.url}/oauth/userinfo`
    // The opaque one is known there, and has no scope for it.
    expect([await bearing(userinfo, signed), await bearing(userinfo, opaque)]).toEqual([401, 403])
  })

  it('that is none is not revoked, refreshed or exchanged as if it were', async () => {
    const client = await makeClient(control, { scopes: SCOPES })
    const { config, tokens } = await tokensOf(client, await analyst())
    for (const stray of [tokens.id_token ?? '', tokens.access_token]) {
      await expect(oidc.refreshTokenGrant(config, stray)).rejects.toMatchObject({ error: 'invalid_grant' })
    }
    const service = await makeClient(control, exchanger)
    for (const [token, type] of [
      [tokens.id_token, ACCESS],
      [tokens.access_token, ID],
      [tokens.refresh_token, ACCESS],
    ]) {
      expect((await exchange(service, token ?? '', type ?? '')).error).toBe('invalid_grant')
    }
    expect(await atGateway('/jwt', tokens.access_token)).toBe(200)
  })

  describe('of another organization', () => {
    const elsewhere = async () => {
      const { body } = await control.call(root, 'POST', '/v1/organizations', { name: `Elsewhere ${Math.random()}` })
      return String(body.id)
    }
    const clientOf = async (organization: string, wish: object): Promise<Registered> => {
      const principal = { ...operator, organization }
      const settings = { name: 'Theirs', firstParty: true, consent: 'never', ...wish } as const
      const made = await control.serving.system.clients.create(
        { settings, secretExpiresAt: null, source: 'admin' },
        { principal, address: null, userAgent: 'test', requestId: null },
        null,
      )
      if (!made.ok) throw new Error(JSON.stringify(made.problem))
      return { id: made.value.client.id, secret: made.value.secret?.reveal() ?? null }
    }

    it('is not exchanged, nor is somebody elsewhere named as who acts', async () => {
      const web = await makeClient(control, { scopes: SCOPES })
      const organization = await elsewhere()
      const here = (await tokensOf(web, await analyst())).tokens
      const there = (await tokensOf(web, await analyst(organization))).tokens
      const [ours, theirs] = [await makeClient(control, exchanger), await clientOf(organization, exchanger)]
      expect((await exchange(theirs, here.access_token)).error).toBe('invalid_grant')
      expect((await exchange(ours, there.access_token)).error).toBe('invalid_grant')
      const actor = { actor_token: there.access_token, actor_token_type: ACCESS }
      expect((await exchange(ours, here.access_token, ACCESS, actor)).error).toBe('invalid_grant')
      const exchanged = decodeJwt((await exchange(ours, here.access_token)).access_token ?? '')
      expect(exchanged).toMatchObject({ sub: decodeJwt(here.access_token).sub, client_id: ours.id, org: 'org_default' })
    })

    it('is not had by a password, and no session of who tried is left', async () => {
      const organization = await elsewhere()
      const wish = { grants: ['refresh_token'], scopes: ['openid', 'orders:read'], passwordTokens: true }
      const theirs = await clientOf(organization, wish)
      const { email, password, id } = await analyst()
      const proof = { clientId: theirs.id, clientSecret: theirs.secret, email, password }
      for (const more of [{}, { organization }, { organization: 'org_default' }]) {
        const { status, body } = await control.call(null, 'POST', '/v1/auth/token', { ...proof, ...more })
        expect([status >= 400, body.accessToken, body.refreshToken]).toEqual([true, undefined, undefined])
      }
      const { visitor } = await signIn(control, { id, email, password })
      expect((await visitor.get('/v1/account/sessions')).body.items).toHaveLength(1)
    })
  })

  const exchanger = {
    grants: [TOKEN_EXCHANGE, 'client_credentials'],
    redirectUris: [],
    scopes: ['orders:read'],
    permissions: ['tokens:delegate'],
    firstParty: false,
    consent: 'once',
  } as const

  async function exchange(client: Registered, token: string, type = ACCESS, more: Record<string, string> = {}) {
    const answer = await fetch(new URL('/oauth/token', control.url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: TOKEN_EXCHANGE,
        resource: API,
        subject_token: token,
        subject_token_type: type,
        ...more,
      }),
    })
    return (await answer.json()) as { access_token?: string; error?: string }
  }
})
