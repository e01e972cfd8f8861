import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader, exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Backend, World } from '../../support/backends.ts'
import { go, goOn, press } from './browser.ts'
import { expectError, expectPage } from './landings.ts'
import { conforms } from './module.ts'
import {
  CALLBACK,
  codeOf,
  type Parameters,
  type RelyingParty,
  redeem,
  register,
  request,
  token,
  userinfo,
} from './relying-party.ts'
import { checkAnswer, type checkIdToken, checkTokens, conclude, signIn } from './signed-in.ts'
import { enter, later, openSuite, prove, type Suite } from './suite.ts'

const PROFILE = ['name', 'given_name', 'family_name', 'locale', 'updated_at']

/** What the basic plan checks; the form-post plan checks the same with answers that come as forms. */
export function basicPlan(plan: string, open: Backend['open'], asking: Suite['asking'] = {}): void {
  describe(plan, () => basicModules(open, asking))
}

function basicModules(open: Backend['open'], asking: Suite['asking']): void {
  let world: World
  let suite: Suite
  let rp: RelyingParty
  let someone: Awaited<ReturnType<Suite['signedIn']>>

  beforeAll(async () => {
    world = await open()
    suite = await openSuite(world, { asking })
    rp = await register(suite)
    someone = await suite.signedIn()
  })
  afterAll(async () => {
    await suite?.close()
    await world?.close()
  })

  conforms('oidcc-server', 'a client gets a code, and an ID token and userinfo of the same person for it', async () => {
    const { person, browser } = someone
    const { claims, tokens } = await signIn(suite, rp, browser)
    expect(claims).toMatchObject({ iss: suite.issuer, aud: rp.id, sub: person.id })
    const { status, body } = await userinfo(suite, tokens.access_token)
    expect({ status, sub: body.sub }).toEqual({ status: 200, sub: person.id })
  })

  conforms('oidcc-server-client-secret-post', 'a client may send its secret in the body', async () => {
    const { browser } = someone
    await signIn(suite, await register(suite, { authentication: 'client_secret_post' }), browser)
  })

  conforms('oidcc-response-type-missing', 'a request without response_type gets an error and no code', async () => {
    const { browser } = someone
    const landing = await go(browser, request(suite, rp, { response_type: undefined }).url)
    expectError(landing, ['invalid_request', 'unsupported_response_type'])
  })

  conforms('oidcc-idtoken-signature', 'who names no algorithm gets RS256, by a key that is published', async () => {
    const { browser } = someone
    const { tokens } = await signIn(suite, rp, browser)
    expect(decodeProtectedHeader(tokens.id_token)).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
  })

  conforms('oidcc-idtoken-unsigned', 'no client can have unsigned ID tokens, and none is offered', async () => {
    expect(suite.discovered.id_token_signing_alg_values_supported).not.toContain('none')
    const wish = { name: 'Careless', redirectUris: [CALLBACK], idTokenAlgorithm: 'none' }
    expect((await suite.control.call(suite.admin, 'POST', '/v1/clients', wish)).status).toBe(400)
  })

  conforms('oidcc-userinfo-get', 'userinfo answers a GET', async () => {
    await expectUserinfo('get')
  })

  conforms('oidcc-userinfo-post-header', 'userinfo answers a POST with the token in its header', async () => {
    await expectUserinfo('post')
  })

  conforms('oidcc-userinfo-post-body', 'userinfo answers a POST with the token in its body', async () => {
    await expectUserinfo('body')
  })

  conforms('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', 'a code needs no nonce', async () => {
    const { browser } = someone
    const { claims } = await signIn(suite, rp, browser, { nonce: undefined })
    expect(claims).not.toHaveProperty('nonce')
  })

  conforms('oidcc-scope-profile', 'the scope profile tells the name at userinfo', async () => {
    const { info } = await infoWith('openid profile')
    expect(info).toMatchObject({ name: 'Ada Lovelace' })
    expect(info).not.toHaveProperty('email')
  })

  conforms('oidcc-scope-email', 'the scope email tells the address and whether it is verified', async () => {
    const { info, person } = await infoWith('openid email')
    expect(info).toMatchObject({ email: person.email, email_verified: true })
    for (const claim of PROFILE) expect(info).not.toHaveProperty(claim)
  })

  conforms('oidcc-scope-address', 'the scope address is taken', async () => {
    await infoWith('openid address')
    expect(suite.discovered.scopes_supported).toContain('address')
  })

  conforms('oidcc-scope-phone', 'the scope phone is taken', async () => {
    await infoWith('openid phone')
    expect(suite.discovered.scopes_supported).toContain('phone')
  })

  conforms('oidcc-scope-all', 'all scopes at once tell all that there is', async () => {
    const { info, person } = await infoWith('openid profile email address phone')
    expect(info).toMatchObject({ name: 'Ada Lovelace', email: person.email })
  })

  conforms('oidcc-alternate-happy-flow', 'neither the order of scopes nor that of parameters matters', async () => {
    const { browser } = someone
    const asked = request(suite, rp, { scope: 'email profile openid' })
    const reversed = [...asked.url.searchParams].reverse()
    asked.url.search = new URLSearchParams(reversed).toString()
    await conclude(suite, rp, asked, await go(browser, asked.url))
  })

  conforms('oidcc-display-page', 'display=page shows a page to sign in, and then a code comes', async () => {
    await signInAtPage({ display: 'page' })
  })

  conforms('oidcc-display-popup', 'display=popup shows a page to sign in, and then a code comes', async () => {
    await signInAtPage({ display: 'popup' })
  })

  conforms('oidcc-login-hint', 'login_hint shows a page to sign in, and then a code comes', async () => {
    await signInAtPage({ login_hint: `buffy@${new URL(suite.issuer).hostname}` })
  })

  conforms('oidcc-ui-locales', 'ui_locales shows a page to sign in, and then a code comes', async () => {
    await signInAtPage({ ui_locales: 'se' })
  })

  conforms('oidcc-claims-locales', 'claims_locales makes no difference', async () => {
    const { browser } = someone
    await signIn(suite, rp, browser, { claims_locales: 'se' })
  })

  conforms('oidcc-prompt-login', 'prompt=login asks somebody who is signed in for a new proof', async () => {
    for (const again of [prove, enter]) {
      const { browser, person } = await suite.signedIn()
      const first = await signIn(suite, rp, browser, { max_age: '15000' })
      await wait(1100)
      const asked = request(suite, rp, { prompt: 'login', max_age: '15000' })
      const page = await go(browser, asked.url)
      expectPage(page)
      expectPage(await goOn(browser, page))
      await again(browser, person)
      const second = await conclude(suite, rp, asked, await goOn(browser, page))
      expect(second.claims.sub).toBe(first.claims.sub)
      expect(Number(second.claims.auth_time)).toBeGreaterThan(Number(first.claims.auth_time))
    }
  })

  conforms('oidcc-prompt-none-not-logged-in', 'prompt=none without a session is an error, at once', async () => {
    const asked = request(suite, rp, { prompt: 'none' })
    const landing = await go(suite.browser(), asked.url)
    expect(landing.at).toBe('client')
    expectError(landing, ['login_required', 'interaction_required'])
    checkAnswer(suite, rp, asked, landing)
  })

  conforms('oidcc-prompt-none-logged-in', 'prompt=none with a session answers with the same sign-in', async () => {
    const { browser } = someone
    const first = await signIn(suite, rp, browser)
    const second = await signIn(suite, rp, browser, { prompt: 'none' })
    expect(second.claims).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
  })

  conforms(
    'oidcc-max-age-1',
    'max_age=1 asks for a new proof when the last is older, and tells when it was',
    async () => {
      for (const again of [prove, enter]) {
        const { browser, person } = await suite.signedIn()
        const first = await signIn(suite, rp, browser)
        await wait(2100)
        const asked = request(suite, rp, { max_age: '1' })
        const page = await go(browser, asked.url)
        expectPage(page)
        await again(browser, person)
        const { claims } = await conclude(suite, rp, asked, await goOn(browser, page))
        expect(claims.sub).toBe(first.claims.sub)
        expect(Math.abs(Number(claims.auth_time) - Number(claims.iat))).toBeLessThan(60)
        expect(Number(claims.auth_time)).toBeGreaterThan(Number(first.claims.auth_time))
      }
    },
  )

  conforms('oidcc-max-age-10000', 'a max_age that is not over asks nobody, and tells the same auth_time', async () => {
    const { browser } = someone
    const first = await signIn(suite, rp, browser, { max_age: '15000' })
    await wait(1100)
    const second = await signIn(suite, rp, browser, { max_age: '10000' })
    expect(first.claims.auth_time).toEqual(expect.any(Number))
    expect(second.claims).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
  })

  conforms('oidcc-ensure-request-with-unknown-parameter-succeeds', 'what nobody knows is passed over', async () => {
    const { browser } = someone
    await signIn(suite, rp, browser, { extra: 'foobar' })
  })

  conforms('oidcc-id-token-hint', 'prompt=none with an ID token as a hint answers for that person', async () => {
    const { browser } = someone
    const first = await signIn(suite, rp, browser)
    const second = await signIn(suite, rp, browser, { prompt: 'none', id_token_hint: first.tokens.id_token })
    expect(second.claims).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
    const other = await suite.signedIn()
    const asked = request(suite, rp, { prompt: 'none', id_token_hint: first.tokens.id_token })
    expectError(await go(other.browser, asked.url), ['login_required', 'interaction_required'])
  })

  conforms(
    'oidcc-ensure-request-with-acr-values-succeeds',
    'one of the levels that were asked for is told',
    async () => {
      const { browser } = someone
      const offered = suite.discovered.acr_values_supported as string[]
      const { claims } = await signIn(suite, rp, browser, { acr_values: offered.join(' ') })
      expect(offered).toContain(claims.acr)
    },
  )

  conforms('oidcc-codereuse', 'a code works once, and what it gave ends when it is shown again', async () => {
    const { browser } = someone
    const { asked, code, tokens } = await signIn(suite, rp, browser)
    await expectReused({ asked, code, tokens })
  })

  conforms('oidcc-codereuse-30seconds', 'the same thirty seconds later', async () => {
    const { browser } = someone
    const { asked, code, tokens } = await signIn(suite, rp, browser)
    await later(30_000, () => expectReused({ asked, code, tokens }))
  })

  conforms('oidcc-ensure-registered-redirect-uri', 'an address that is not registered is never gone to', async () => {
    const { browser } = someone
    const landing = await go(browser, request(suite, rp, { redirect_uri: `${CALLBACK}/other` }).url)
    expectPage(landing, 400)
  })

  conforms('oidcc-ensure-post-request-succeeds', 'the request may come as a form from the client’s page', async () => {
    const { browser } = someone
    const asked = request(suite, rp)
    const form = new URLSearchParams(asked.url.searchParams)
    await conclude(suite, rp, asked, await go(browser, suite.endpoint('authorization_endpoint'), form))
  })

  conforms(
    'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
    'a request at an address is refused as not supported, as discovery says',
    async () => {
      expect(suite.discovered.request_uri_parameter_supported).toBe(false)
      const { browser } = someone
      const landing = await go(browser, request(suite, rp, { request_uri: 'https://rp.example.com/request.jwt' }).url)
      expectError(landing, ['request_uri_not_supported'])
    },
  )

  conforms(
    'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
    'an unsigned request object is refused, as discovery says',
    async () => {
      expect(suite.discovered.request_object_signing_alg_values_supported).not.toContain('none')
      const { browser } = someone
      const asked = request(suite, rp)
      const jwt = new UnsecuredJWT(Object.fromEntries(asked.url.searchParams))
        .setIssuer(rp.id)
        .setAudience(suite.issuer)
      asked.url.searchParams.set('request', jwt.setExpirationTime('5m').encode())
      expectError(await go(browser, asked.url), ['request_not_supported', 'invalid_request_object'])
    },
  )

  conforms(
    'oidcc-ensure-request-object-with-redirect-uri',
    'the address in a signed request counts, not the one beside it',
    async () => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const jwk = { ...(await exportJWK(publicKey)), kid: 'rp-1', alg: 'ES256', use: 'sig' }
      const other = `${CALLBACK}/other`
      const signing = await register(suite, { redirectUris: [CALLBACK, other], jwks: { keys: [jwk] } })
      const { browser } = someone
      const asked = request(suite, signing)
      const jwt = new SignJWT(Object.fromEntries(asked.url.searchParams))
        .setProtectedHeader({ alg: 'ES256', kid: 'rp-1', typ: 'oauth-authz-req+jwt' })
        .setIssuer(signing.id)
        .setAudience(suite.issuer)
        .setIssuedAt()
        .setExpirationTime('5m')
      for (const beside of [other, 'https://evil.example.com/callback']) {
        const url = new URL(asked.url)
        url.searchParams.set('redirect_uri', beside)
        url.searchParams.set('request', await jwt.sign(privateKey))
        const landing = await go(browser, url)
        expect(codeOf(landing)).not.toBe('')
        expect(`${landing.url.origin}${landing.url.pathname}`).toBe(CALLBACK)
      }
    },
  )

  conforms('oidcc-claims-essential', 'a claim that is asked for as essential comes without its scope', async () => {
    const { browser } = someone
    const { tokens } = await signIn(suite, rp, browser, {
      claims: JSON.stringify({ userinfo: { name: { essential: true } } }),
    })
    expect((await userinfo(suite, tokens.access_token)).body).toMatchObject({ name: 'Ada Lovelace' })
  })

  conforms('oidcc-refresh-token', 'a refresh token renews the same sign-in, and only for its client', async () => {
    const other = await register(suite)
    const { browser } = someone
    const asked = request(suite, rp, { scope: 'openid offline_access', prompt: 'consent' })
    const page = await go(browser, asked.url)
    expectPage(page)
    const first = await conclude(suite, rp, asked, await press(browser, page, { answer: 'allow' }))
    const refresh_token = first.tokens.refresh_token
    const answer = await token(suite, rp, { grant_type: 'refresh_token', refresh_token })
    const claims = await checkRenewed(answer, first.claims)
    expect(answer.body.access_token).not.toBe(first.tokens.access_token)
    expect((await userinfo(suite, answer.body.access_token)).body.sub).toBe(claims.sub)
    const stolen = answer.body.refresh_token ?? refresh_token
    const refused = await token(suite, other, { grant_type: 'refresh_token', refresh_token: stolen })
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  conforms(
    'oidcc-ensure-request-with-valid-pkce-succeeds',
    'PKCE is taken, and its verifier is asked for',
    async () => {
      const { browser } = someone
      await signIn(suite, rp, browser)
      const asked = request(suite, rp)
      const code = codeOf(await go(browser, asked.url))
      const wrong = await redeem(suite, rp, { ...asked, verifier: request(suite, rp).verifier }, code)
      expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    },
  )

  async function expectUserinfo(how: 'get' | 'post' | 'body') {
    const { person, browser } = someone
    const { tokens } = await signIn(suite, rp, browser, { scope: 'openid email' })
    const answer = await userinfo(suite, tokens.access_token, how)
    expect(answer).toMatchObject({ status: 200, body: { sub: person.id, email: person.email } })
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
  }

  async function infoWith(scope: string) {
    const { person, browser } = someone
    const { tokens } = await signIn(suite, rp, browser, { scope })
    expect(new Set((tokens.scope ?? scope).split(' '))).toEqual(new Set(scope.split(' ')))
    const { status, body: info } = await userinfo(suite, tokens.access_token)
    expect({ status, sub: info.sub }).toEqual({ status: 200, sub: person.id })
    return { person, info }
  }

  /** A browser with nobody in it comes to a page, somebody signs in there, and the client gets its answer. */
  async function signInAtPage(more: Parameters) {
    const { person, browser } = await suite.signedIn()
    browser.forget()
    const asked = request(suite, rp, more)
    const page = await go(browser, asked.url)
    expectPage(page)
    await enter(browser, person)
    const { claims } = await conclude(suite, rp, asked, await goOn(browser, page))
    expect(claims.sub).toBe(person.id)
  }

  async function expectReused({
    asked,
    code,
    tokens,
  }: Pick<Awaited<ReturnType<typeof signIn>>, 'asked' | 'code' | 'tokens'>) {
    const again = await redeem(suite, rp, asked, code)
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await userinfo(suite, tokens.access_token)).status).toBe(401)
    const renewed = await token(suite, rp, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
    expect(renewed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  }

  /** OpenID Connect Core, section 12.2. */
  async function checkRenewed(
    answer: Awaited<ReturnType<typeof token>>,
    first: Awaited<ReturnType<typeof checkIdToken>>,
  ) {
    const nonce = decodeJwt(answer.body.id_token).nonce as string | undefined
    const claims = await checkTokens(suite, rp, answer, nonce)
    expect(claims).toMatchObject({ iss: first.iss, sub: first.sub, aud: first.aud, auth_time: first.auth_time })
    expect([undefined, first.nonce]).toContain(nonce)
    expect(Number(claims.iat)).toBeGreaterThanOrEqual(Number(first.iat))
    return claims
  }
}
