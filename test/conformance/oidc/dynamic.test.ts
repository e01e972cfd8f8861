import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { go, press } from './browser.ts'
import { assertion, makeKey } from './client-keys.ts'
import { expectError, expectPage } from './landings.ts'
import { conforms } from './module.ts'
import { CALLBACK, register, request, token, userinfo } from './relying-party.ts'
import { checkIdToken, conclude, keysOf, signIn } from './signed-in.ts'
import { later, openSuite, type Suite } from './suite.ts'

const [small] = backends

describe('oidcc-dynamic-certification-test-plan', () => {
  let world: World
  let suite: Suite
  let keysAt: Receiver
  let someone: Awaited<ReturnType<Suite['signedIn']>>

  beforeAll(async () => {
    if (small === undefined) throw new Error('there is no database to test with')
    world = await small.open()
    keysAt = await startReceiver()
    suite = await openSuite(world, { env: { SALLYPORT_OAUTH_SIGNING_KEYS_PUBLISH_BEFORE: '500ms' } })
    someone = await suite.signedIn()
  })
  afterAll(async () => {
    await suite?.close()
    await keysAt?.close()
    await world?.close()
  })

  conforms('oidcc-idtoken-rs256', 'a client that asks for RS256 gets ID tokens signed by it', async () => {
    const rp = await register(suite, { idTokenAlgorithm: 'RS256' })
    const { tokens } = await signIn(suite, rp, someone.browser)
    expect(decodeProtectedHeader(tokens.id_token).alg).toBe('RS256')
  })

  conforms('oidcc-userinfo-rs256', 'a client that asks for it gets userinfo as a JWT signed by RS256', async () => {
    const rp = await register(suite, { userinfoAlgorithm: 'RS256' })
    const { claims, tokens } = await signIn(suite, rp, someone.browser, { scope: 'openid email' })
    const { status, headers, body } = await userinfo(suite, tokens.access_token)
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: expect.stringMatching(/^application\/jwt\b/),
    })
    const expected = { issuer: suite.issuer, audience: rp.id, algorithms: ['RS256'] }
    const { payload } = await jwtVerify(body, createLocalJWKSet(await keysOf(suite)), expected)
    expect(payload).toMatchObject({ sub: claims.sub, email: someone.person.email })
  })

  conforms(
    'oidcc-ensure-redirect-uri-in-authorization-request',
    'a client with two addresses has to say which one it means',
    async () => {
      const rp = await register(suite, { redirectUris: [CALLBACK, `${CALLBACK}/other`] })
      expectPage(await go(someone.browser, request(suite, rp, { redirect_uri: undefined }).url), 400)
    },
  )

  conforms('oidcc-redirect-uri-query-OK', 'an address may have a query, which stays', async () => {
    const rp = await register(suite, { redirectUris: [`${CALLBACK}?dummy1=lorem&dummy2=ipsum`] })
    const asked = request(suite, rp)
    const landing = await go(someone.browser, asked.url)
    expect(landing.url.searchParams.get('dummy1')).toBe('lorem')
    expect(landing.url.searchParams.get('dummy2')).toBe('ipsum')
    await conclude(suite, rp, asked, landing)
  })

  conforms('oidcc-redirect-uri-query-mismatch', 'an address with another query is another address', async () => {
    const rp = await register(suite, { redirectUris: [`${CALLBACK}?dummy1=lorem&dummy2=ipsum`] })
    for (const redirect_uri of [
      `${CALLBACK}?dummy1=lorem&dummy2=other`,
      `${CALLBACK}?dummy2=ipsum&dummy1=lorem`,
      CALLBACK,
    ]) {
      expectPage(await go(someone.browser, request(suite, rp, { redirect_uri }).url), 400)
    }
  })

  conforms('oidcc-redirect-uri-query-added', 'an address with a query added is another address', async () => {
    const rp = await register(suite)
    expectPage(await go(someone.browser, request(suite, rp, { redirect_uri: `${CALLBACK}?dummy1=lorem` }).url), 400)
  })

  conforms('oidcc-server-rotate-keys', 'rotated keys are published beside the former ones, and sign', async () => {
    const rp = await register(suite)
    const before = await keysOf(suite)
    const first = await signIn(suite, rp, someone.browser)
    const rotated = await suite.control.call(suite.admin, 'POST', '/v1/signing-keys/rotate', { algorithm: 'RS256' })
    expect(rotated.status).toBeLessThan(300)
    const after = await keysOf(suite)
    const kids = (keys: typeof before) => keys.keys.map(({ kid }) => kid)
    expect(kids(after)).toEqual(expect.arrayContaining(kids(before)))
    expect(kids(after).length).toBeGreaterThan(kids(before).length)
    const former = decodeProtectedHeader(first.tokens.id_token).kid
    const used = async () => decodeProtectedHeader((await signIn(suite, rp, someone.browser)).tokens.id_token).kid
    await expect.poll(used, { timeout: 45_000, interval: 500 }).not.toBe(former)
    // What the former key signed is as good as before.
    await checkIdToken(suite, rp, first.tokens.id_token)
    await signIn(suite, rp, someone.browser, { prompt: 'none', id_token_hint: first.tokens.id_token })
  })

  conforms(
    'oidcc-refresh-token-rp-key-rotation',
    'a client that changed its key at its address refreshes with the new one',
    async () => {
      const keys = [await makeKey('rp-1'), await makeKey('rp-2')] as const
      let at: 0 | 1 = 0
      publish([keys[0].jwk])
      const rp = await register(
        suite,
        { authentication: 'private_key_jwt', applicationType: 'native', jwksUri: keysAt.url },
        (audience) => assertion(keys[at], rp.id, audience),
      )
      const asked = request(suite, rp, { scope: 'openid offline_access', prompt: 'consent' })
      const page = await go(someone.browser, asked.url)
      const { tokens } = await conclude(suite, rp, asked, await press(someone.browser, page, { answer: 'allow' }))
      at = 1
      publish([keys[1].jwk])
      await later(61_000, async () => {
        const answer = await token(suite, rp, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
        expect(answer).toMatchObject({ status: 200, body: { access_token: expect.any(String) } })
      })
    },
  )

  conforms(
    'oidcc-request-uri-unsigned',
    'an unsigned request at an address is refused as not supported, as discovery says',
    async () => {
      const rp = await register(suite)
      const asked = request(suite, rp)
      serveRequest(new UnsecuredJWT(Object.fromEntries(asked.url.searchParams)).encode())
      await expectRequestUriRefused(asked.url)
    },
  )

  conforms(
    'oidcc-request-uri-signed-rs256',
    'a signed request at an address is refused as not supported, and pushed it is taken',
    async () => {
      const { jwk, key } = await makeKey('rp-1', 'RS256')
      const rp = await register(suite, { jwks: { keys: [jwk] } })
      const asked = request(suite, rp)
      const jwt = await new SignJWT(Object.fromEntries(asked.url.searchParams))
        .setProtectedHeader({ alg: 'RS256', kid: 'rp-1', typ: 'oauth-authz-req+jwt' })
        .setIssuer(rp.id)
        .setAudience(suite.issuer)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(key)
      serveRequest(jwt)
      await expectRequestUriRefused(asked.url)
      const url = new URL(asked.url)
      url.searchParams.set('request', jwt)
      await conclude(suite, rp, asked, await go(someone.browser, url))
    },
  )

  conforms(
    'oidcc-ensure-client-assertion-with-iss-aud-succeeds',
    'an assertion of a client may name the issuer as its audience',
    async () => {
      const key = await makeKey('rp-1')
      const rp = await register(suite, { authentication: 'private_key_jwt', jwks: { keys: [key.jwk] } }, () =>
        assertion(key, rp.id, suite.issuer),
      )
      await signIn(suite, rp, someone.browser)
    },
  )

  function publish(keys: readonly JWK[]): void {
    keysAt.answer((response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })))
  }

  function serveRequest(jwt: string): void {
    keysAt.answer((response) => response.setHeader('content-type', 'application/oauth-authz-req+jwt').end(jwt))
  }

  /** Nothing is fetched that a stranger names in a link. */
  async function expectRequestUriRefused(asked: URL): Promise<void> {
    expect(suite.discovered.request_uri_parameter_supported).toBe(false)
    const fetched = keysAt.received.length
    const url = new URL(asked)
    url.searchParams.set('request_uri', `${keysAt.url}#${'a'.repeat(43)}`)
    expectError(await go(someone.browser, url), ['request_uri_not_supported'])
    expect(keysAt.received).toHaveLength(fetched)
  }
})
