import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { authorize, discover, makeClient, redeem, signIn } from '../support/relying-party.ts'
import { type ClientKeyPair, dpopProof, makeClientKeys } from '../support/relying-party-keys.ts'

const API = 'https://api.example.com'
const RESOURCES = JSON.stringify([{ id: API, scopes: ['orders:read'] }])
const service = { grants: ['client_credentials'], scopes: ['orders:read'], redirectUris: [] } as const
const notPeople = { firstParty: false, consent: 'once' } as const

describe.each(backends)('tokens that are bound to a key (RFC 9449), on $name', ({ open }) => {
  let world: World
  let control: Control
  /** Another process on the same database, that says of itself what the first one says. */
  let second: Control

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { issuerHost: 'localhost', env: { SALLYPORT_OAUTH_RESOURCES: RESOURCES } })
    const env = {
      SALLYPORT_OAUTH_RESOURCES: RESOURCES,
      SALLYPORT_ISSUER: control.url,
      SALLYPORT_OAUTH_DPOP_NONCES: 'on',
    }
    second = await openControl(world, { env })
  })
  afterAll(async () => {
    await second?.stop()
    await control?.stop()
    await world?.close()
  })

  const tokenUrl = () => `${control.url}/oauth/token`

  const ask = async (at: Control, client: { id: string; secret: string | null }, proof: string | null) => {
    const answer = await fetch(new URL('/oauth/token', at.url), {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: API }),
      headers: {
        authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`,
        ...(proof === null ? {} : { dpop: proof }),
      },
    })
    const body = (await answer.json()) as { access_token?: string; token_type?: string; error?: string }
    return { status: answer.status, nonce: answer.headers.get('dpop-nonce'), body }
  }

  const makeService = (more: object = {}) => makeClient(control, { ...service, ...notPeople, ...more })

  it('name the key, and so does whoever is asked about them', async () => {
    const client = await makeService()
    const keys = await makeClientKeys()
    const { body } = await ask(control, client, await dpopProof(keys, { url: tokenUrl() }))
    expect(body.token_type).toBe('DPoP')
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({ cnf: { jkt: expect.any(String) } })
  })

  it('are what openid-client gets, uses at userinfo and renews with its key alone', async () => {
    const client = await makeClient(control, { dpopBound: true })
    const config = await discover(control, client)
    const { visitor } = await signIn(control)
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const found = await authorize(config, visitor)
    const expected = { pkceCodeVerifier: found.verifier, expectedState: found.state, expectedNonce: found.nonce }
    const tokens = await oidc.authorizationCodeGrant(config, found.callback, expected, undefined, { DPoP })
    expect(tokens.token_type).toBe('dpop')
    const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '', { DPoP })
    expect(info.name).toBe('Ada Lovelace')
    const bare = await fetch(new URL('/oauth/userinfo', control.url), {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(bare.status).toBe(401)
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP })
    expect(renewed.token_type).toBe('dpop')
  })

  it('stay bound when they are renewed: a public client’s refresh token is of no use with another key', async () => {
    const client = await makeClient(control, { kind: 'public', dpopBound: true })
    const config = await discover(control, client)
    const { visitor } = await signIn(control)
    const mine = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const others = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const found = await authorize(config, visitor)
    const expected = { pkceCodeVerifier: found.verifier, expectedState: found.state, expectedNonce: found.nonce }
    const tokens = await oidc.authorizationCodeGrant(config, found.callback, expected, undefined, { DPoP: mine })
    const renew = (DPoP?: oidc.DPoPHandle) =>
      oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, DPoP === undefined ? {} : { DPoP })
    await expect(renew(others)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(renew()).rejects.toMatchObject({ error: 'invalid_grant' })
    expect((await renew(mine)).token_type).toBe('dpop')
  })

  it('are the only ones of a client that is held to them', async () => {
    const client = await makeService({ dpopBound: true })
    expect(await ask(control, client, null)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('need a proof that was never shown, at any process', async () => {
    const [client, keys] = [await makeService(), await makeClientKeys()]
    const proof = await dpopProof(keys, { url: tokenUrl() })
    expect((await ask(control, client, proof)).status).toBe(200)
    expect(await ask(control, client, proof)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const { nonce } = await ask(second, client, await dpopProof(keys, { url: tokenUrl() }))
    const withNonce = await dpopProof(keys, { url: tokenUrl(), nonce })
    const all = await Promise.all([0, 1, 2, 3].map((i) => ask(i % 2 === 0 ? control : second, client, withNonce)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('need a nonce of ours where the server is set so, and that of one process is good at the other', async () => {
    const [client, keys] = [await makeService(), await makeClientKeys()]
    const first = await ask(second, client, await dpopProof(keys, { url: tokenUrl() }))
    expect(first).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } })
    const { nonce } = first
    expect(nonce).toMatch(/^[\w-]{43}$/)
    expect((await ask(control, client, await dpopProof(keys, { url: tokenUrl(), nonce }))).status).toBe(200)
    expect((await ask(second, client, await dpopProof(keys, { url: tokenUrl(), nonce }))).status).toBe(200)
    const invented = await ask(second, client, await dpopProof(keys, { url: tokenUrl(), nonce: 'a'.repeat(43) }))
    expect(invented.body.error).toBe('use_dpop_nonce')
  })

  describe('are refused to a proof', () => {
    const now = () => Math.floor(Date.now() / 1000)
    const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const bad: Readonly<Record<string, (keys: ClientKeyPair) => Promise<string>>> = {
      'for another address': (keys) => dpopProof(keys, { url: `${control.url}/oauth/par` }),
      'for another server': (keys) => dpopProof(keys, { url: 'https://other.example/oauth/token' }),
      'for another method': (keys) => dpopProof(keys, { url: tokenUrl(), method: 'GET' }),
      'of ten minutes ago': (keys) => dpopProof(keys, { url: tokenUrl(), iat: now() - 600 }),
      'of the future': (keys) => dpopProof(keys, { url: tokenUrl(), iat: now() + 600 }),
      'without an id': (keys) => dpopProof(keys, { url: tokenUrl(), jti: undefined }),
      'without a time': (keys) => dpopProof(keys, { url: tokenUrl(), iat: undefined }),
      'of another type': (keys) => dpopProof(keys, { url: tokenUrl() }, { typ: 'JWT' }),
      'without a key': (keys) => dpopProof(keys, { url: tokenUrl() }, { jwk: undefined }),
      'with the key of somebody else': async (keys) => {
        const other = await makeClientKeys()
        return dpopProof(keys, { url: tokenUrl() }, { jwk: other.jwks.keys[0] })
      },
      'with a private key in it': (keys) =>
        dpopProof(keys, { url: tokenUrl() }, { jwk: { ...keys.jwks.keys[0], d: 'AAAA' } }),
      'that is not signed': async (keys) => {
        const [, payload] = (await dpopProof(keys, { url: tokenUrl() })).split('.')
        return `${base64({ alg: 'none', typ: 'dpop+jwt', jwk: keys.jwks.keys[0] })}.${payload}.`
      },
      'with a shared secret': async (keys) => {
        const [, payload] = (await dpopProof(keys, { url: tokenUrl() })).split('.')
        const header = base64({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AAAA' } })
        return `${header}.${payload}.AAAA`
      },
      'that is no token': async () => 'nonsense',
    }

    it.each(Object.keys(bad))('%s', async (what) => {
      const [client, keys] = [await makeService(), await makeClientKeys()]
      const answer = await ask(control, client, (await bad[what]?.(keys)) ?? '')
      expect(answer.status).toBe(400)
      expect(answer.body.access_token).toBeUndefined()
    })

    it('that was made for another token', async () => {
      const client = await makeClient(control, { dpopBound: true })
      const config = await discover(control, client)
      const { visitor } = await signIn(control)
      const keys = await makeClientKeys()
      const DPoP = oidc.getDPoPHandle(config, { publicKey: keys.publicKey, privateKey: keys.privateKey })
      const found = await authorize(config, visitor)
      const expected = { pkceCodeVerifier: found.verifier, expectedState: found.state, expectedNonce: found.nonce }
      const tokens = await oidc.authorizationCodeGrant(config, found.callback, expected, undefined, { DPoP })
      const url = `${control.url}/oauth/userinfo`
      const show = async (accessToken: string | undefined) => {
        const proof = await dpopProof(keys, {
          url,
          method: 'GET',
          ...(accessToken === undefined ? {} : { accessToken }),
        })
        return (await fetch(url, { headers: { authorization: `DPoP ${tokens.access_token}`, dpop: proof } })).status
      }
      expect(await show('another')).toBe(401)
      expect(await show(undefined)).toBe(401)
      expect(await show(tokens.access_token)).toBe(200)
    })
  })

  it('binds the code, too: whoever steals it needs the key that the request named', async () => {
    const client = await makeClient(control)
    const config = await discover(control, client)
    const { visitor } = await signIn(control)
    const mine = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const found = await authorize(config, visitor, { dpop_jkt: await mine.calculateThumbprint() })
    await expect(redeem(config, found)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})
