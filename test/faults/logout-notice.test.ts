import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { freePort } from '../support/keeper.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { authorize, CALLBACK, redeem } from '../support/relying-party.ts'
import { openPlace, type Place } from '../support/sallyport.ts'
import { openVisitor } from '../support/visitor.ts'

const PASSWORD = 'correct horse battery 4711'

describe.each(backends)('kill -9 between the end of a session and its notice, on $name', ({ open }) => {
  let world: World
  let place: Place
  let receiver: Receiver

  beforeAll(async () => {
    world = await open()
    receiver = await startReceiver()
    place = await openPlace(
      world,
      `identity: { passwords: { breach: { mode: "off" } } }
guard: { outbound: { allowInsecureHttp: true, allowAnyPort: true, allowPrivateNetworks: ["127.0.0.0/8"] } }
`,
    )
  })
  afterAll(async () => {
    await receiver?.close()
    await world?.close()
  })

  it('a client that was not told is told by the process that comes next', { timeout: 240_000 }, async () => {
    const admin = String(
      (await place.json(['keys', 'create', '--name', 'admin', '--permission', '*', '--scope', '*'])).key,
    )
    const address = `http://localhost:${await freePort()}`
    const env = { SALLYPORT_ISSUER: address, SALLYPORT_CONTROL_PORT: new URL(address).port }
    const first = await place.serve({ role: 'control', env })
    const make = async (path: string, body: object) => {
      const headers = { 'x-api-key': admin, 'content-type': 'application/json' }
      const answer = await fetch(new URL(path, address), { method: 'POST', headers, body: JSON.stringify(body) })
      const made = await answer.json()
      expect(answer.status, JSON.stringify(made)).toBe(201)
      return made as { id: string; secret: string }
    }
    await make('/v1/users', { email: 'ada@example.com', verified: true, password: PASSWORD })
    const made = await make('/v1/clients', {
      name: 'shop',
      applicationType: 'native',
      redirectUris: [CALLBACK],
      firstParty: true,
      consent: 'never',
      backchannelLogoutUri: receiver.url,
    })
    const visitor = openVisitor(address)
    const signedIn = await visitor.post('/v1/auth/login', { email: 'ada@example.com', password: PASSWORD })
    expect(signedIn.body.next, JSON.stringify(signedIn.body)).toBe('done')
    const config = await oidc.discovery(new URL(address), made.id, undefined, oidc.ClientSecretBasic(made.secret), {
      execute: [oidc.allowInsecureRequests],
    })
    await redeem(config, await authorize(config, visitor))
    // It takes the notice and never answers: the process dies while it waits.
    receiver.answer(() => undefined)
    expect((await visitor.post('/v1/auth/logout')).status).toBe(204)
    await first.kill()
    const before = receiver.received.length
    receiver.answer((response) => void response.writeHead(200).end())
    const second = await place.serve({ role: 'control', env })
    try {
      await expect.poll(() => receiver.received.length, { timeout: 60_000 }).toBeGreaterThan(before)
      expect(receiver.received.at(-1)?.body).toMatch(/^logout_token=ey/)
    } finally {
      await second.stop()
    }
  })
})
