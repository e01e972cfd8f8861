import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { safeClient } from '../../src/guard.ts'
import { createSallyport, type Sallyport } from '../../src/index.ts'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type Place } from '../support/sallyport.ts'

const [smallest] = backends
let world: World
let place: Place
let sallyport: Sallyport
let carrier: Server

beforeAll(async () => {
  if (smallest === undefined) throw new Error('no back end')
  world = await smallest.open()
  place = await openPlace(world)
  sallyport = await createSallyport({ config: { data: world.dataDir, log: { level: 'error' } } })
  carrier = createServer((_, response) => response.writeHead(500).end())
  await new Promise<void>((resolve) => carrier.listen(0, '127.0.0.1', resolve))
}, 60_000)

afterAll(async () => {
  await sallyport?.stop()
  carrier?.closeAllConnections()
  carrier?.close()
  await world?.close()
})

it('what happens with a third party stands in the record of the application, beside its requests', async () => {
  const client = safeClient(null, {
    url: `http://127.0.0.1:${(carrier.address() as AddressInfo).port}/`,
    provider: 'carrier',
    allowInsecureHttp: true,
    allowAnyPort: true,
    allowPrivateNetworks: ['127.0.0.1/32'],
    retries: { attempts: 1 },
    breaker: { failures: 1 },
    onEvent: sallyport.record,
  })
  expect(await client.ask('parcels')).toMatchObject({ ok: false, status: 500 })
  await client.stop()
  await sallyport.stop()
  const { items } = await place.json(['audit', 'search', '--type', 'third_party.*'])
  expect(items).toMatchObject([
    {
      type: 'third_party.failed',
      code: 'THIRD_PARTY_FAILED',
      details: { provider: 'carrier', status: 500, attempts: 1 },
    },
    { type: 'third_party.opened', details: { provider: 'carrier', failures: 1 } },
  ])
})

it('nothing else can be put there', () => {
  const event = { type: 'key.revoked', outcome: 'success' } as const
  expect(() => sallyport.record(event)).toThrow('takes what a client of a third party tells')
})
