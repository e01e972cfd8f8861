import { afterAll, beforeAll, describe } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { type Around, registerFapi2 } from './fapi2-client.ts'
import { discoveryModule } from './fapi2-discovery.ts'
import { dpopModules } from './fapi2-dpop.ts'
import { requestModules } from './fapi2-requests.ts'
import { assertionModules, tokenModules } from './fapi2-tokens.ts'
import { openSuite, type Suite } from './suite.ts'

const [small] = backends

describe('fapi2-security-profile-final-test-plan', () => {
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

  discoveryModule(() => suite)

  describe.each(['ES256', 'PS256'])('of clients with private_key_jwt and DPoP by %s', (alg) => {
    let around: Around

    beforeAll(async () => {
      const register: Around['register'] = (wish) => registerFapi2(suite, alg, wish)
      const [one, other] = [await register({}), await register({})]
      around = { suite, ...(await suite.signedIn()), one, other, register }
    })

    requestModules(() => around)
    tokenModules(() => around)
    assertionModules(() => around)
    dpopModules(() => around)
  })
})
