import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import type { Visitor } from '../../support/visitor.ts'
import type { Landing } from './browser.ts'
import { expectPage } from './landings.ts'
import { conforms } from './module.ts'
import { AFTER_LOGOUT, type Parameters, type RelyingParty, register } from './relying-party.ts'
import { expectSignedOut, signOut } from './sign-out.ts'
import { signIn } from './signed-in.ts'
import { openSuite, type Suite } from './suite.ts'

const [small] = backends
const STATE = 'k3nfie8a'

describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
  let world: World
  let suite: Suite
  let rp: RelyingParty

  beforeAll(async () => {
    if (small === undefined) throw new Error('there is no database to test with')
    world = await small.open()
    suite = await openSuite(world)
    rp = await register(suite)
  })
  afterAll(async () => {
    await suite?.close()
    await world?.close()
  })

  conforms(
    'oidcc-rp-initiated-logout-discovery-endpoint-verification',
    'discovery says where to sign out',
    async () => {
      expect(new URL(String(suite.discovered.end_session_endpoint)).origin).toBe(suite.issuer)
    },
  )

  conforms('oidcc-rp-initiated-logout', 'signing out leads back to the client with its state', async () => {
    const { browser, hint } = await signedIn()
    const { last } = await signOut(suite, browser, {
      id_token_hint: hint,
      post_logout_redirect_uri: AFTER_LOGOUT,
      state: STATE,
    })
    expectBack(last, { state: STATE })
    await expectSignedOut(suite, rp, browser)
  })

  conforms('oidcc-rp-initiated-logout-no-state', 'signing out without a state leads back without one', async () => {
    const { browser, hint } = await signedIn()
    const { last } = await signOut(suite, browser, { id_token_hint: hint, post_logout_redirect_uri: AFTER_LOGOUT })
    expectBack(last, {})
    await expectSignedOut(suite, rp, browser)
  })

  conforms('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', 'signing out ends at a page', async () => {
    const { browser, hint } = await signedIn()
    const { last } = await signOut(suite, browser, { id_token_hint: hint })
    expectPage(last)
    await expectSignedOut(suite, rp, browser)
  })

  conforms('oidcc-rp-initiated-logout-no-params', 'signing out without anything ends at a page', async () => {
    const { browser } = await signedIn()
    const { last } = await signOut(suite, browser, {})
    expectPage(last)
    await expectSignedOut(suite, rp, browser)
  })

  conforms('oidcc-rp-initiated-logout-only-state', 'signing out with a state alone ends at a page', async () => {
    const { browser } = await signedIn()
    const { last } = await signOut(suite, browser, { state: STATE })
    expectPage(last)
    await expectSignedOut(suite, rp, browser)
  })

  conforms(
    'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
    'an address that is not registered is never gone to',
    async () => {
      const { browser, hint } = await signedIn()
      const elsewhere = 'https://evil.example.com/signed-out'
      await expectNotBack(browser, { id_token_hint: hint, post_logout_redirect_uri: elsewhere, state: STATE })
    },
  )

  conforms(
    'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
    'an address with something added is another address',
    async () => {
      const { browser, hint } = await signedIn()
      const added = `${AFTER_LOGOUT}?foo=bar`
      await expectNotBack(browser, { id_token_hint: hint, post_logout_redirect_uri: added, state: STATE })
    },
  )

  conforms(
    'oidcc-rp-initiated-logout-modified-id-token-hint',
    'an ID token that lost its signature leads nowhere',
    async () => {
      const { browser, hint } = await signedIn()
      const unsigned = new UnsecuredJWT(decodeJwt(hint)).encode()
      for (const modified of [unsigned, `${unsigned}${hint.split('.')[2]}`]) {
        const parameters = { id_token_hint: modified, post_logout_redirect_uri: AFTER_LOGOUT, state: STATE }
        await expectNotBack(browser, parameters)
      }
    },
  )

  conforms('oidcc-rp-initiated-logout-bad-id-token-hint', 'an ID token that others signed leads nowhere', async () => {
    const { browser, hint } = await signedIn()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const kid = JSON.parse(Buffer.from(hint.split('.')[0] ?? '', 'base64url').toString()).kid
    const forged = await new SignJWT(decodeJwt(hint)).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
    await expectNotBack(browser, { id_token_hint: forged, post_logout_redirect_uri: AFTER_LOGOUT, state: STATE })
  })

  conforms(
    'oidcc-rp-initiated-logout-no-id-token-hint',
    'an address that nobody vouches for leads nowhere',
    async () => {
      const { browser } = await signedIn()
      await expectNotBack(browser, { post_logout_redirect_uri: AFTER_LOGOUT })
    },
  )

  async function signedIn(): Promise<{ browser: Visitor; hint: string }> {
    const { browser } = await suite.signedIn()
    const { tokens } = await signIn(suite, rp, browser)
    return { browser, hint: tokens.id_token }
  }

  function expectBack(landing: Landing, answer: Readonly<Record<string, string>>): void {
    expect(landing.at).toBe('client')
    expect(`${landing.url.origin}${landing.url.pathname}`).toBe(AFTER_LOGOUT)
    expect(Object.fromEntries(landing.url.searchParams)).toEqual(answer)
  }

  /** Neither at once nor when the person says yes does the browser go to the client. */
  async function expectNotBack(browser: Visitor, parameters: Parameters): Promise<void> {
    const { first, last } = await signOut(suite, browser, parameters)
    expect([first.at, last.at]).toEqual(['page', 'page'])
  }
})
