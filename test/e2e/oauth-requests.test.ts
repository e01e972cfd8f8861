import { decodeProtectedHeader } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import type { Made } from '../support/people.ts'
import { authorize, CALLBACK, discover, follow, makeClient, redeem, signIn } from '../support/relying-party.ts'
import { makeClientKeys, requestObject, signAs } from '../support/relying-party-keys.ts'
import type { Visitor } from '../support/visitor.ts'

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const fragmentOf = ({ hash }: URL) => Object.fromEntries(new URLSearchParams(hash.slice(1)))

describe.each(backends)('authorization requests, on $name', ({ open }) => {
  let world: World
  let control: Control
  let visitor: Visitor
  let person: Made

  beforeAll(async () => {
    world = await open()
    const resources = [{ id: 'https://api.example.com', scopes: ['orders:read'] }]
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources) }
    control = await openControl(world, { issuerHost: 'localhost', env })
    ;({ person, visitor } = await signIn(control))
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const usual = (clientId: string, more: Record<string, string> = {}) => ({
    client_id: clientId,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'a-state',
    ...more,
  })

  /** Asks with these parameters and no others. */
  const ask = async (parameters: Record<string, string | undefined>) => {
    const said = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const url = new URL('/oauth/authorize', control.url)
    url.search = new URLSearchParams(said).toString()
    const { url: end, status } = await follow(visitor, url)
    return { status, end, told: { ...Object.fromEntries(end.searchParams), ...fragmentOf(end) } }
  }

  const push = async (parameters: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await fetch(new URL('/oauth/par', control.url), {
      method: 'POST',
      body: new URLSearchParams(parameters),
      headers,
    })
    const body = (await answer.json()) as Record<string, string>
    return { status: answer.status, body }
  }

  const basic = ({ id, secret }: { id: string; secret: string | null }) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })

  describe('any', () => {
    it('are answered with the name of who answers (RFC 9207)', async () => {
      const { id } = await makeClient(control)
      expect((await ask(usual(id))).told).toMatchObject({ iss: control.url, state: 'a-state' })
      const refused = await ask(usual(id, { scope: 'openid', prompt: 'nonsense' }))
      expect(refused.told).toMatchObject({ iss: control.url, error: 'invalid_request', state: 'a-state' })
    })

    it.each([
      ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
      ['with the plain method', { code_challenge_method: 'plain' }],
      ['with a challenge and no method', { code_challenge_method: undefined }],
      ['with a challenge that is too short', { code_challenge: 'short' }],
      ['with a challenge of other characters', { code_challenge: `${CHALLENGE.slice(1)}=` }],
    ])('%s are refused', async (_what, more) => {
      const { id } = await makeClient(control)
      expect((await ask({ ...usual(id), ...more })).told).toMatchObject({ error: 'invalid_request' })
    })

    it.each(['token', 'id_token', 'code id_token', 'code token', 'none'])(
      'for the response type %s are refused',
      async (type) => {
        const { id } = await makeClient(control)
        const { told } = await ask(usual(id, { response_type: type, nonce: 'n' }))
        expect(told).toMatchObject({ error: 'unsupported_response_type' })
        expect(told).not.toHaveProperty('code')
      },
    )

    it('are sent nowhere but to an address that is registered to the character', async () => {
      const { id } = await makeClient(control)
      for (const address of [
        `${CALLBACK}/`,
        `${CALLBACK}?x=1`,
        CALLBACK.toUpperCase(),
        'https://rp.example.com/callbac',
        'https://rp.example.com.evil.example/callback',
        'http://rp.example.com/callback',
        'https://rp.example.com:8443/callback',
      ]) {
        const { end, status } = await ask(usual(id, { redirect_uri: address }))
        expect([address, status, end.origin]).toEqual([address, 400, control.url])
      }
    })

    it('need a state where the client asks for that', async () => {
      const { id } = await makeClient(control, { requireState: true })
      expect((await ask({ ...usual(id), state: undefined })).told).toMatchObject({ error: 'invalid_request' })
      expect((await ask(usual(id))).told).toHaveProperty('code')
    })

    it('name a parameter once', async () => {
      const { id } = await makeClient(control)
      const url = `/oauth/authorize?${new URLSearchParams(usual(id))}&scope=openid`
      expect((await follow(visitor, new URL(url, control.url))).url.searchParams.get('error')).toBe('invalid_request')
    })
  })

  describe('of a program on somebody’s device', () => {
    const native = { kind: 'public', applicationType: 'native', firstParty: false, consent: 'once' } as const

    it('may be answered at another port of the loopback address, and at no other path (RFC 8252)', async () => {
      const { id } = await makeClient(control, { ...native, redirectUris: ['http://127.0.0.1:1234/callback'] })
      const at = async (address: string) => (await ask(usual(id, { redirect_uri: address }))).status
      expect(await at('http://127.0.0.1:51004/callback')).not.toBe(400)
      expect(await at('http://127.0.0.1:51004/other')).toBe(400)
      expect(await at('http://127.0.0.2:51004/callback')).toBe(400)
      expect(await at('https://127.0.0.1:51004/callback')).toBe(400)
    })

    it('is answered at the very port where it is a web application', async () => {
      const { id } = await makeClient(control, { redirectUris: ['https://rp.example.com:8443/callback'] })
      expect((await ask(usual(id, { redirect_uri: 'https://rp.example.com:9443/callback' }))).status).toBe(400)
    })
  })

  describe('that are pushed first (RFC 9126)', () => {
    it('go through the browser as a name that is good once', async () => {
      const client = await makeClient(control, { requirePar: true })
      const config = await discover(control, client)
      const verifier = oidc.randomPKCECodeVerifier()
      const url = await oidc.buildAuthorizationUrlWithPAR(config, {
        redirect_uri: CALLBACK,
        scope: 'openid',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: 'pushed',
        nonce: 'once',
      })
      expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
      const { url: callback } = await follow(visitor, url)
      const tokens = await redeem(config, { callback, verifier, state: 'pushed', nonce: 'once' })
      expect(tokens.claims()?.iss).toBe(control.url)
      const again = await follow(visitor, url)
      expect(again.url.searchParams.get('code')).toBeNull()
    })

    it('are the only ones of a client that is held to it', async () => {
      const { id } = await makeClient(control, { requirePar: true })
      const { told } = await ask(usual(id))
      expect(told).toMatchObject({ error: 'invalid_request' })
    })

    it('are refused with a wrong secret, without one, and by the name of somebody else’s', async () => {
      const [mine, other] = [await makeClient(control), await makeClient(control)]
      expect((await push(usual(mine.id), basic({ id: mine.id, secret: 'spc_wrong' }))).status).toBe(401)
      expect((await push(usual(mine.id))).status).toBe(401)
      const { body } = await push(usual(mine.id), basic(mine))
      const stolen = await ask({ client_id: other.id, request_uri: body.request_uri ?? '' })
      expect(stolen.end.searchParams.get('code')).toBeNull()
    })

    it('hold the same rules as others when they are pushed', async () => {
      const client = await makeClient(control)
      const plain = await push(usual(client.id, { code_challenge_method: 'plain' }), basic(client))
      expect(plain).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
      const elsewhere = await push(usual(client.id, { redirect_uri: 'https://evil.example/cb' }), basic(client))
      expect(elsewhere.status).toBe(400)
      const nested = await push(usual(client.id, { request_uri: 'urn:x' }), basic(client))
      expect(nested.status).toBe(400)
    })
  })

  describe('that are signed (RFC 9101)', () => {
    const signing = async (more: object = {}) => {
      const keys = await makeClientKeys()
      const client = await makeClient(control, { jwks: keys.jwks, requireSignedRequests: true, ...more })
      const asked = (changes: Record<string, unknown> = {}) =>
        requestObject(keys, { clientId: client.id, issuer: control.url, ...usual(client.id), ...changes })
      return { keys, client, asked }
    }

    it('count as they are signed, whatever the address of the browser says beside them', async () => {
      const { client, asked } = await signing()
      const request = await asked({ state: 'signed' })
      const { told } = await ask({
        client_id: client.id,
        request,
        state: 'forged',
        redirect_uri: 'https://evil.example',
      })
      expect(told).toMatchObject({ state: 'signed' })
      expect(told).toHaveProperty('code')
    })

    it('are the only ones of a client that is held to it', async () => {
      const { client } = await signing()
      expect((await ask(usual(client.id))).told).toMatchObject({ error: 'invalid_request' })
    })

    it('may be pushed, too', async () => {
      const { client, asked } = await signing({ requirePar: true })
      const { body } = await push({ request: await asked() }, basic(client))
      expect((await ask({ client_id: client.id, request_uri: body.request_uri ?? '' })).told).toHaveProperty('code')
      const unsigned = await push(usual(client.id), basic(client))
      expect(unsigned.status).toBe(400)
    })

    it('are refused without a signature, with another key, for another server, too old, too long and as an assertion', async () => {
      const { client, keys, asked } = await signing()
      const now = Math.floor(Date.now() / 1000)
      const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = { iss: client.id, aud: control.url, exp: now + 60, ...usual(client.id) }
      const bad = {
        unsigned: `${base64({ alg: 'none' })}.${base64(claims)}.`,
        otherKey: await signAs({ ...(await makeClientKeys()), kid: keys.kid }, claims),
        otherAlgorithm: await signAs(await makeClientKeys('RS256'), claims),
        otherServer: await asked({ aud: 'https://other.example' }),
        otherClient: await asked({ iss: 'cli_other' }),
        tooOld: await asked({ iat: now - 600, nbf: now - 600, exp: now - 300 }),
        notYet: await asked({ nbf: now + 300 }),
        tooLong: await asked({ exp: now + 7200 }),
        endless: await asked({ exp: undefined }),
        anAssertion: await asked({ sub: client.id }),
        otherType: await signAs(keys, claims, { typ: 'dpop+jwt' }),
        nested: await asked({ request: 'again' }),
        text: 'not.a.jwt',
      }
      for (const [what, request] of Object.entries(bad)) {
        const { told } = await ask({ client_id: client.id, request, redirect_uri: CALLBACK, state: 's' })
        expect([what, told.code]).toEqual([what, undefined])
      }
    })
  })

  describe('whose answers are signed (JARM)', () => {
    it('are answered with one token that says it all', async () => {
      const config = await discover(control, await makeClient(control))
      oidc.useJwtResponseMode(config)
      const found = await authorize(config, visitor)
      expect([...found.callback.searchParams.keys()]).toEqual(['response'])
      const answer = found.callback.searchParams.get('response') ?? ''
      expect(decodeProtectedHeader(answer)).toMatchObject({ alg: 'ES256' })
      expect((await redeem(config, found)).claims()?.iss).toBe(control.url)
    })

    it('are refused in the same way', async () => {
      const { id } = await makeClient(control)
      const { told } = await ask(usual(id, { response_mode: 'jwt', prompt: 'nonsense' }))
      expect(Object.keys(told)).toEqual(['response'])
    })
  })

  describe('that name single claims', () => {
    it('are answered with those, in the ID token and at userinfo', async () => {
      const config = await discover(control, await makeClient(control))
      const claims = JSON.stringify({
        id_token: { email: null, auth_time: { essential: true } },
        userinfo: { name: null },
      })
      const tokens = await redeem(config, await authorize(config, visitor, { claims, scope: 'openid' }))
      expect(tokens.claims()).toMatchObject({ email: expect.stringContaining('@'), auth_time: expect.any(Number) })
      const info = await oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)
      expect(info).toMatchObject({ name: 'Ada Lovelace' })
      expect(info).not.toHaveProperty('email')
    })

    it.each(['nonsense', '[]', '{"id_token":3}'])('are refused when they are not in form: %s', async (claims) => {
      const { id } = await makeClient(control)
      expect((await ask(usual(id, { claims }))).told).toMatchObject({ error: 'invalid_request' })
    })
  })

  describe('and what follows', () => {
    it('signs what it tells at userinfo where the client wants that', async () => {
      const config = await discover(control, await makeClient(control, { userinfoAlgorithm: 'ES256' }))
      oidc.enableNonRepudiationChecks(config)
      const tokens = await redeem(config, await authorize(config, visitor))
      const answer = await oidc.fetchProtectedResource(
        config,
        tokens.access_token,
        new URL('/oauth/userinfo', control.url),
        'GET',
      )
      expect(answer.headers.get('content-type')).toContain('application/jwt')
      const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')
      expect(info.name).toBe('Ada Lovelace')
    })

    it('takes no token and no secret from an address', async () => {
      const client = await makeClient(control)
      const config = await discover(control, client)
      const { access_token } = await redeem(config, await authorize(config, visitor))
      const at = async (path: string, more: Record<string, string>, body?: Record<string, string>) => {
        const url = new URL(path, control.url)
        url.search = new URLSearchParams(more).toString()
        const sent = body === undefined ? {} : { method: 'POST', body: new URLSearchParams(body) }
        return (await fetch(url, sent)).status
      }
      expect(await at('/oauth/userinfo', { access_token })).toBe(400)
      const proof = { client_id: client.id, client_secret: client.secret ?? '' }
      expect(await at('/oauth/token', proof, { grant_type: 'client_credentials' })).toBe(400)
      expect(await at('/oauth/introspect', proof, { token: access_token })).toBe(400)
      expect(await at('/oauth/par', proof, usual(client.id))).toBe(401)
    })

    it('lets a code live as long as its client says, and no longer than ten minutes', async () => {
      const long = makeClient(control, { lifetimes: { code: 601_000 } })
      await expect(long).rejects.toThrow('lifetimes.codeSeconds')
      const client = await makeClient(control, { lifetimes: { code: 10_000 } })
      const config = await discover(control, client)
      const found = await authorize(config, visitor)
      const stored = await control.serving.system.store
        .tables<{ oauth_entity: { model: string; client_id: string; expires_at: number } }>()
        .selectFrom('oauth_entity')
        .select('expires_at')
        .where('model', '=', 'AuthorizationCode')
        .where('client_id', '=', client.id)
        .executeTakeFirstOrThrow()
      expect(stored.expires_at - Date.now()).toBeLessThan(10_001)
      expect((await redeem(config, found)).claims()).toMatchObject({ sub: person.id, aud: client.id })
    })

    it('gives tokens for a code once, and takes back what the first one got when it comes again', async () => {
      const config = await discover(control, await makeClient(control))
      const found = await authorize(config, visitor)
      const tokens = await redeem(config, found)
      await expect(redeem(config, found)).rejects.toMatchObject({ error: 'invalid_grant' })
      await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      })
    })
  })
})
