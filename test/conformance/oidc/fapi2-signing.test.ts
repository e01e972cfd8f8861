import { afterAll, beforeAll, describe } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { type Around, registerFapi2 } from './fapi2-client.ts'
import { signedModules } from './fapi2-signed.ts'
import { openSuite, type Suite } from './suite.ts'

const [small] = backends

describe('fapi2-message-signing-final-test-plan', () => {
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

  describe.each(['ES256', 'PS256'])('of clients that sign their requests by %s', (alg) => {
    let around: Around

    beforeAll(async () => {
      const signing = { requireSignedRequests: true }
      const register: Around['register'] = (wish) => registerFapi2(suite, alg, { ...signing, ...wish })
      const [one, other] = [await register({}), await register({})]
      around = { suite, ...(await suite.signedIn()), one, other, register }
    })

    signedModules(() => around)
  })
})
