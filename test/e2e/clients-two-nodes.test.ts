import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { eventually } from '../support/sallyport.ts'

const SHOP = { name: 'shop', redirectUris: ['https://shop.example.com/callback'] }

describe.each(backends)('clients on two nodes, $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let a: Control
  let b: Control
  let admin: string

  beforeAll(async () => {
    world = await open()
    a = await openControl(world)
    b = await openControl(world)
    admin = (await a.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await a?.stop()
    await b?.stop()
    await world?.close()
  })

  const onB = async (id: string, secret: string): Promise<boolean> => {
    const { clients } = b.serving.system
    const client = await clients.findClient(id)
    return client !== null && clients.checkSecret(client, secret)
  }

  type Made = { readonly id: string; readonly secret: string; readonly secrets: readonly { readonly id: string }[] }

  const CHANGES: readonly (readonly [string, (made: Made) => readonly [string, string, object?]])[] = [
    ['disabled', ({ id }) => ['PATCH', `/v1/clients/${id}`, { enabled: false }]],
    ['deleted', ({ id }) => ['DELETE', `/v1/clients/${id}`]],
    ['without this secret', ({ id, secrets }) => ['DELETE', `/v1/clients/${id}/secrets/${secrets[0]?.id}`]],
    [
      'proved by a key',
      ({ id }) => [
        'PATCH',
        `/v1/clients/${id}`,
        { authentication: 'private_key_jwt', jwksUri: 'https://shop.example.com/keys' },
      ],
    ],
  ]

  it.each(CHANGES)('a client that is %s on one is refused on the other within a second', async (_what, change) => {
    const { body } = await a.call(admin, 'POST', '/v1/clients', SHOP)
    expect(await eventually(() => onB(body.id, body.secret), 10_000)).toBe(true)
    // Warm once more, after the other has heard of all there was before.
    await b.serving.system.store.changes.poll()
    expect(await onB(body.id, body.secret)).toBe(true)
    const [method, path, sent] = change(body)
    expect((await a.call(admin, method, path, sent)).status).toBeLessThan(300)
    expect(await eventually(async () => !(await onB(body.id, body.secret)), 1000)).toBe(true)
  })

  it('a client that was asked for before it was there is found once it is', async () => {
    const { body } = await a.call(admin, 'POST', '/v1/clients', SHOP)
    await a.call(admin, 'PATCH', `/v1/clients/${body.id}`, { enabled: false })
    expect(await eventually(async () => !(await onB(body.id, body.secret)), 10_000)).toBe(true)
    await a.call(admin, 'PATCH', `/v1/clients/${body.id}`, { enabled: true })
    expect(await eventually(() => onB(body.id, body.secret), 1000)).toBe(true)
  })
})
