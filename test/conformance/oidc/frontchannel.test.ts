import { afterAll, beforeAll, describe, expect } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { conforms } from './module.ts'
import { AFTER_LOGOUT, register } from './relying-party.ts'
import { expectSignedOut, signOut } from './sign-out.ts'
import { signIn } from './signed-in.ts'
import { openSuite, type Suite } from './suite.ts'

const [small] = backends
const FRAME = 'https://rp.example.com/frontchannel-logout'

describe('oidcc-frontchannel-rp-initiated-logout-certification-test-plan', () => {
  let world: World
  let suite: Suite

  beforeAll(async () => {
    if (small === undefined) throw new Error('there is no database to test with')
    world = await small.open()
    suite = await openSuite(world)
  })
  afterAll(async () => {
    await suite?.close()
    await world?.close()
  })

  conforms(
    'oidcc-frontchannel-logout-discovery-endpoint-verification',
    'discovery says that clients are told by the browser, and of which session',
    async () => {
      expect(suite.discovered).toMatchObject({
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
        end_session_endpoint: expect.any(String),
      })
    },
  )

  conforms(
    'oidcc-frontchannel-rp-initiated-logout',
    'the browser loads the address of the client with the session, then goes back to the client',
    async () => {
      const rp = await register(suite, { frontchannelLogoutUri: FRAME, frontchannelLogoutSessionRequired: true })
      const { browser } = await suite.signedIn()
      const { claims, tokens } = await signIn(suite, rp, browser)
      expect(claims.sid).toEqual(expect.any(String))
      const { last } = await signOut(suite, browser, {
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: AFTER_LOGOUT,
        state: 'k3nfie8a',
      })
      expect(last.url.href).toBe(`${AFTER_LOGOUT}?state=k3nfie8a`)
      expect(last.frames.map(({ origin, pathname }) => origin + pathname)).toEqual([FRAME])
      const said = Object.fromEntries(last.frames[0]?.searchParams ?? [])
      expect(said).toEqual({ iss: suite.issuer, sid: claims.sid })
      await expectSignedOut(suite, rp, browser)
    },
  )
})
