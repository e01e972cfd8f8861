import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { conforms } from './module.ts'
import { AFTER_LOGOUT, type RelyingParty, register } from './relying-party.ts'
import { expectSignedOut, signOut } from './sign-out.ts'
import { keysOf, signIn } from './signed-in.ts'
import { openSuite, type Suite } from './suite.ts'

const [small] = backends
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  let world: World
  let suite: Suite
  let receiver: Receiver

  beforeAll(async () => {
    if (small === undefined) throw new Error('there is no database to test with')
    world = await small.open()
    receiver = await startReceiver()
    suite = await openSuite(world)
  })
  afterAll(async () => {
    await suite?.close()
    await receiver?.close()
    await world?.close()
  })

  conforms(
    'oidcc-backchannel-logout-discovery-endpoint-verification',
    'discovery says that clients are told, and of which session',
    async () => {
      expect(suite.discovered).toMatchObject({
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        end_session_endpoint: expect.any(String),
      })
    },
  )

  conforms(
    'oidcc-backchannel-rp-initiated-logout',
    'a client is told by a signed token that the session is over, and the person is signed out',
    async () => {
      // An application on this machine may be told by plain HTTP.
      const rp = await register(suite, { applicationType: 'native', backchannelLogoutUri: receiver.url })
      const { browser } = await suite.signedIn()
      const { claims, tokens } = await signIn(suite, rp, browser)
      expect(claims.sid).toEqual(expect.any(String))
      const { last } = await signOut(suite, browser, {
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: AFTER_LOGOUT,
        state: 'k3nfie8a',
      })
      expect(last.url.href).toBe(`${AFTER_LOGOUT}?state=k3nfie8a`)
      await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBe(1)
      await checkLogoutToken(rp, { sub: claims.sub, sid: claims.sid })
      await expectSignedOut(suite, rp, browser)
    },
  )

  /** OpenID Connect Back-Channel Logout 1.0, sections 2.4 to 2.6. */
  async function checkLogoutToken(rp: RelyingParty, whose: { readonly sub: unknown; readonly sid: unknown }) {
    const [told] = receiver.received
    expect(told?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded\b/)
    const form = new URLSearchParams(told?.body)
    expect([...form.keys()]).toEqual(['logout_token'])
    const token = form.get('logout_token') ?? ''
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'logout+jwt' })
    const { payload } = await jwtVerify(token, createLocalJWKSet(await keysOf(suite)), {
      issuer: suite.issuer,
      audience: rp.id,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: '5 minutes',
    })
    expect(payload).toMatchObject({ ...whose, events: { [EVENT]: {} } })
    expect(payload).not.toHaveProperty('nonce')
  }
})
