import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { requestObject } from '../../support/relying-party-keys.ts'
import { go, goOn, press } from './browser.ts'
import {
  type Around,
  ask,
  authorized,
  checkGranted,
  expectRefused,
  granted,
  push,
  pushedUrl,
  redeem,
  send,
  use,
} from './fapi2-client.ts'
import { expectError, expectPage } from './landings.ts'
import { conforms } from './module.ts'
import { CALLBACK, codeOf, request } from './relying-party.ts'
import { checkAnswer } from './signed-in.ts'
import { enter, later } from './suite.ts'

const PAR = 'pushed_authorization_request_endpoint'
const INVALID = ['invalid_request', 'invalid_request_object']

/** What the profile says of authorization requests, and of pushing them. */
export function requestModules(around: () => Around): void {
  conforms(
    'fapi2-security-profile-final-happy-flow',
    'two clients each get tokens, which are of no use to the other or without proof',
    async () => {
      const { suite, one, other } = around()
      const first = await granted(around(), one)
      const second = await granted(around(), other, { redirect_uri: `${CALLBACK}?of=bank&and=more` })
      expect((await use(suite, one, first.tokens.access_token)).body.sub).toBe(first.claims.sub)
      expect((await use(suite, other, second.tokens.access_token)).body.sub).toBe(second.claims.sub)
      expect((await use(suite, one, second.tokens.access_token)).status).toBe(401)
      expect((await use(suite, one, first.tokens.access_token, { dpop: null })).status).toBeOneOf([400, 401])
      expect((await use(suite, one, first.tokens.access_token, { scheme: 'Bearer', dpop: null })).status).toBe(401)
    },
  )

  conforms(
    'fapi2-security-profile-final-user-rejects-authentication',
    'who says no, or goes back, sends the client an error',
    async () => {
      const { suite, one, person } = around()
      const { asked, landing } = await ask(around(), one, { prompt: 'consent' })
      expectPage(landing)
      const denied = await press(around().browser, landing, { answer: 'deny' })
      expectError(denied, ['access_denied'])
      checkAnswer(suite, one, asked, denied)
      const stranger = suite.browser()
      const again = await ask({ ...around(), browser: stranger }, one, { prompt: 'consent' })
      await enter(stranger, person)
      expectError(await press(stranger, await goOn(stranger, again.landing), { answer: 'deny' }), ['access_denied'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-authorization-request-without-state-success',
    'a request needs no state',
    async () => {
      const { landing } = await ask(around(), around().one, { state: undefined })
      expect(codeOf(landing)).not.toBe('')
      await granted(around(), around().one, { state: undefined })
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-authorization-request-without-nonce-success',
    'a request needs no nonce',
    async () => {
      const { claims } = await granted(around(), around().one, { nonce: undefined })
      expect(claims).not.toHaveProperty('nonce')
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success',
    'a nonce may be long',
    async () => {
      const nonce = 'n'.repeat(64)
      expect((await granted(around(), around().one, { nonce })).claims.nonce).toBe(nonce)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-authorization-request-with-long-nonce',
    'a very long nonce comes back whole',
    async () => {
      const nonce = 'n0'.repeat(192)
      expect((await granted(around(), around().one, { nonce })).claims.nonce).toBe(nonce)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-authorization-request-with-long-state',
    'a very long state comes back whole',
    async () => {
      const { landing } = await ask(around(), around().one, { state: 's1'.repeat(192) })
      expect(landing).toMatchObject({ at: 'client' })
      expect(landing.url.searchParams.get('state')).toBe('s1'.repeat(192))
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-other-scope-order-succeeds',
    'scopes are the same in any order',
    async () => {
      const { tokens } = await granted(around(), around().one, { scope: 'email profile openid' })
      expect(new Set(tokens.scope.split(' '))).toEqual(new Set(['openid', 'profile', 'email']))
    },
  )

  conforms(
    'fapi2-security-profile-final-test-claims-parameter-identity-claims',
    'claims that are asked for one by one come',
    async () => {
      const { suite, one } = around()
      expect(suite.discovered.claims_parameter_supported).toBe(true)
      // What somebody may is told to clients that have the scope for it, and is nothing that tells who they are.
      const all = (suite.discovered.claims_supported as string[]).filter((claim) => !OF_PROTOCOL.has(claim))
      const forms = [null, { essential: true }, { essential: false }]
      const wanted = Object.fromEntries([...all, 'favourite_colour'].map((name, i) => [name, forms[i % 3] ?? null]))
      const claims = JSON.stringify({ id_token: wanted, userinfo: wanted })
      const { claims: told, tokens } = await granted(around(), one, { claims })
      const { body: info } = await use(suite, one, tokens.access_token)
      const missing = all.filter((name) => told[name] === undefined && info[name] === undefined)
      // What is not known of anybody here is left out.
      expect(missing.filter((name) => !UNKNOWN_OF_ANYBODY.has(name))).toEqual([])
      expect([told, info]).toEqual([expect.not.objectContaining({ favourite_colour: expect.anything() }), info])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object',
    'the nonce that was pushed counts',
    async () => {
      const { suite, one, browser } = around()
      const asked = request(suite, one)
      const landing = await go(browser, pushedUrl(suite, one, await push(suite, one, asked), { nonce: 'another' }))
      const way = { asked, code: codeOf(landing) }
      const { claims } = await checkGranted(around(), one, way, await redeem(suite, one, way))
      expect(claims.nonce).toBe(asked.nonce)
      await expectSignedCounts({ nonce: 'another' })
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object',
    'the state that was pushed counts',
    async () => {
      const { suite, one, browser } = around()
      const asked = request(suite, one)
      const landing = await go(browser, pushedUrl(suite, one, await push(suite, one, asked), { state: 'another' }))
      checkAnswer(suite, one, asked, landing)
      await expectSignedCounts({ state: 'another' })
    },
  )

  conforms(
    'fapi2-security-profile-final-state-only-outside-request-object-not-used',
    'a state that was not pushed is no state',
    async () => {
      const { suite, one, browser } = around()
      const asked = request(suite, one, { state: undefined })
      const landing = await go(browser, pushedUrl(suite, one, await push(suite, one, asked), { state: 'outside' }))
      expect(codeOf(landing)).not.toBe('')
      expect(landing.url.searchParams.has('state')).toBe(false)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails',
    'an address beside the request is none',
    async () => {
      const { suite, one } = around()
      const asked = request(suite, one, { redirect_uri: undefined })
      expectRefused(await push(suite, one, asked), INVALID)
      const signed = await signedOf(asked.url)
      expectRefused(await send(suite, one, PAR, { request: signed, redirect_uri: CALLBACK }), INVALID)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-registered-redirect-uri',
    'an address that is not registered is refused',
    async () => {
      await expectPushRefused({ redirect_uri: `${CALLBACK}/other` })
    },
  )

  conforms(
    'fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri',
    'pushing it changes nothing about that',
    async () => {
      await expectPushRefused({ redirect_uri: 'https://unregistered.example.com/callback' })
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request',
    'a request needs its address',
    async () => {
      await expectPushRefused({ redirect_uri: undefined })
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails',
    'requests must be pushed',
    async () => {
      const { suite, one, browser } = around()
      expectError(await go(browser, request(suite, one).url), ['invalid_request'])
      const signed = suite.endpoint('authorization_endpoint')
      signed.search = String(
        new URLSearchParams({ client_id: one.id, request: await signedOf(request(suite, one).url) }),
      )
      expectError(await go(browser, signed), INVALID)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-response-type-code-idtoken-fails',
    'no ID token goes through the browser',
    async () => {
      await expectPushRefused({ response_type: 'code id_token' }, ['unsupported_response_type', 'invalid_request'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-response-type-token-fails',
    'no access token goes through the browser',
    async () => {
      await expectPushRefused({ response_type: 'token' }, ['unsupported_response_type', 'invalid_request'])
    },
  )

  conforms('fapi2-security-profile-final-par-ensure-pkce-required', 'a request needs PKCE', async () => {
    await expectPushRefused({ code_challenge: undefined, code_challenge_method: undefined })
  })

  conforms(
    'fapi2-security-profile-final-par-plain-pkce-rejected',
    'a challenge that is the verifier is none',
    async () => {
      await expectPushRefused({ code_challenge: 'v'.repeat(43), code_challenge_method: 'plain' })
      await expectPushRefused({ code_challenge: 'v'.repeat(43), code_challenge_method: undefined })
    },
  )

  conforms('fapi2-security-profile-final-ensure-pkce-code-verifier-required', 'a code needs its verifier', async () => {
    const { suite, one } = around()
    const answer = await redeem(suite, one, await authorized(around(), one), { code_verifier: undefined })
    expectRefused(answer, ['invalid_grant', 'invalid_request'])
  })

  conforms(
    'fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected',
    'another verifier is none',
    async () => {
      const { suite, one } = around()
      const { asked, code } = await authorized(around(), one)
      const challenge = createHash('sha256').update(asked.verifier).digest('base64url')
      for (const code_verifier of [request(suite, one).verifier, challenge])
        expectRefused(await redeem(suite, one, { asked, code }, { code_verifier }), ['invalid_grant'])
    },
  )

  conforms(
    'fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds',
    'who looks at the page twice still signs in',
    async () => {
      const { suite, one, person } = around()
      const browser = suite.browser()
      const asked = request(suite, one)
      const url = pushedUrl(suite, one, await push(suite, one, asked))
      expectPage(await go(browser, url))
      const page = await go(browser, url)
      expectPage(page)
      await enter(browser, person)
      const landing = await goOn(browser, page)
      checkAnswer(suite, one, asked, landing)
      const way = { asked, code: codeOf(landing) }
      await checkGranted(around(), one, way, await redeem(suite, one, way))
    },
  )

  conforms(
    'fapi2-security-profile-final-par-attempt-reuse-request_uri',
    'a pushed request is answered once',
    async () => {
      const { suite, one, browser } = around()
      const url = pushedUrl(suite, one, await push(suite, one, request(suite, one)))
      expect(codeOf(await go(browser, url))).not.toBe('')
      expectError(await go(browser, url), ['invalid_request_uri', 'invalid_request'])
    },
  )

  conforms('fapi2-security-profile-final-par-attempt-to-use-expired-request_uri', 'a pushed request ends', async () => {
    const { suite, one, browser } = around()
    const pushed = await push(suite, one, request(suite, one))
    // FAPI 2.0 Security Profile, section 5.3.2.2: less than ten minutes.
    expect(pushed.body.expires_in).toBeGreaterThanOrEqual(5)
    expect(pushed.body.expires_in).toBeLessThan(600)
    const url = pushedUrl(suite, one, pushed)
    const landing = await later((pushed.body.expires_in + 1) * 1000, () => go(browser, url))
    expectError(landing, ['invalid_request_uri', 'invalid_request', 'invalid_request_object'])
  })

  conforms(
    'fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client',
    'what one pushed no other uses',
    async () => {
      const { suite, one, other, browser } = around()
      const url = pushedUrl(suite, one, await push(suite, one, request(suite, one)))
      url.searchParams.set('client_id', other.id)
      expectError(await go(browser, url), ['invalid_request_uri', 'invalid_request', 'invalid_request_object'])
    },
  )

  conforms(
    'fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param',
    'what is pushed names no other request',
    async () => {
      const unknown = 'urn:ietf:params:oauth:request_uri:c3VjaCBhIG9uZSBpcyBub3QgdGhlcmU'
      await expectPushRefused({ request_uri: unknown }, ['invalid_request', 'request_uri_not_supported'])
    },
  )

  conforms(
    'fapi2-security-profile-final-par-attempt-invalid-http-method',
    'requests are pushed by POST alone',
    async () => {
      const { suite, one } = around()
      const url = suite.endpoint(PAR)
      url.search = request(suite, one).url.search
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
        const answer = await fetch(url, { method })
        expect({ method, status: answer.status }).toEqual({ method, status: expect.toBeOneOf([400, 404, 405]) })
        expect(await answer.text()).not.toContain('urn:ietf:params:oauth:request_uri:')
      }
    },
  )

  conforms(
    'fapi2-security-profile-final-par-without-duplicate-parameters',
    'client and name of the request are enough',
    async () => {
      const { suite, one, browser } = around()
      const asked = request(suite, one)
      const url = pushedUrl(suite, one, await push(suite, one, asked))
      expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
      checkAnswer(suite, one, asked, await go(browser, url))
    },
  )

  async function expectPushRefused(more: Record<string, string | undefined>, errors = INVALID): Promise<void> {
    const { suite, one } = around()
    expectRefused(await push(suite, one, request(suite, one, more)), errors)
  }

  /** The parameters of a request, signed by the first client. */
  function signedOf({ searchParams }: URL): Promise<string> {
    const { suite, one } = around()
    return requestObject(one.keys, { clientId: one.id, issuer: suite.issuer, ...Object.fromEntries(searchParams) })
  }

  /** Of a signed request what it says itself counts, wherever something else is said. */
  async function expectSignedCounts(beside: Record<string, string>): Promise<void> {
    const { suite, one, browser } = around()
    const asked = request(suite, one)
    const pushed = await send(suite, one, PAR, { request: await signedOf(asked.url), ...beside })
    const landing = await go(browser, pushedUrl(suite, one, pushed, beside))
    checkAnswer(suite, one, asked, landing)
    const way = { asked, code: codeOf(landing) }
    await checkGranted(around(), one, way, await redeem(suite, one, way))
  }
}

/** What a token says of itself and of the sign-in, not of the person. */
const OF_PROTOCOL: ReadonlySet<string> = new Set([
  'sub',
  'iss',
  'sid',
  'acr',
  'amr',
  'auth_time',
  'mfa_verified',
  'roles',
  'permissions',
])
const UNKNOWN_OF_ANYBODY: ReadonlySet<string> = new Set([
  'given_name',
  'family_name',
  'address',
  'phone_number',
  'phone_number_verified',
])
