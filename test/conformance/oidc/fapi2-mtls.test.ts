import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { type ByCertificate, certificateFor, openTlsSuite, type TlsSuite } from './fapi2-certificates.ts'
import { type Around, granted, registerFapi2, use } from './fapi2-client.ts'
import { requestModules } from './fapi2-requests.ts'
import { assertionModules, tokenModules } from './fapi2-tokens.ts'

const [small] = backends
const WAYS: readonly ByCertificate[] = ['tls_client_auth', 'self_signed_tls_client_auth', 'private_key_jwt']

describe('fapi2-security-profile-final-test-plan, with certificates', () => {
  let world: World
  let tls: TlsSuite

  beforeAll(async () => {
    if (small === undefined) throw new Error('there is no database to test with')
    world = await small.open()
    tls = await openTlsSuite(world)
  })
  afterAll(async () => {
    await tls?.suite.close()
    await world?.close()
  })

  describe.each(WAYS)('of clients with %s, whose tokens are bound to their certificate', (authentication) => {
    let around: Around

    beforeAll(async () => {
      const { suite } = tls
      const register: Around['register'] = (wish) =>
        registerFapi2(suite, 'ES256', wish, (keys) => certificateFor(tls, authentication, keys))
      const [one, other] = [await register({}), await register({})]
      around = { suite, ...(await suite.signedIn()), one, other, register }
    })

    requestModules(() => around)
    tokenModules(() => around)
    if (authentication === 'private_key_jwt') assertionModules(() => around)

    it('a token names its certificate, and is of no use with another or with none', async () => {
      const { suite, one, other } = around
      const { tokens } = await granted(around, one)
      expect((await use(suite, one, tokens.access_token)).status).toBe(200)
      expect((await use(suite, other, tokens.access_token)).status).toBe(401)
      expect((await use(suite, one, tokens.access_token, { dpop: null })).status).toBe(401)
    })
  })
})
