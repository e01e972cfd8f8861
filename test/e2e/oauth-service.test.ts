import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { discover, makeClient } from '../support/relying-party.ts'

const [ORDERS, STOCK] = ['https://orders.example.com', 'https://stock.example.com']

describe.each(backends)('a service in its own name, on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    const resources = [
      { id: ORDERS, scopes: ['orders:read', 'orders:write'] },
      { id: STOCK, scopes: ['stock:read'] },
    ]
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources) }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const start = async (more: object = {}) => {
    const own = { grants: ['client_credentials'], redirectUris: [], firstParty: false, consent: 'once' } as const
    const client = await makeClient(control, { ...own, scopes: ['orders:read', 'stock:read'], ...more })
    const config = await discover(control, client)
    return { client, ask: (form: Record<string, string> = {}) => oidc.clientCredentialsGrant(config, form) }
  }

  it('gets all of its scopes of the API that it asks for, and those alone', async () => {
    const { client, ask } = await start()
    const { access_token, scope } = await ask({ resource: ORDERS })
    expect(scope).toBe('orders:read')
    const claims = decodeJwt(access_token)
    expect(claims).toMatchObject({
      sub: client.id,
      client_id: client.id,
      aud: ORDERS,
      kind: 'service',
      org: 'org_default',
    })
    expect((await ask({ resource: STOCK })).scope).toBe('stock:read')
  })

  it('gets less where it asks for less, and nothing that is not its own', async () => {
    const { ask } = await start({ scopes: ['orders:read', 'orders:write'] })
    expect((await ask({ resource: ORDERS, scope: 'orders:read' })).scope).toBe('orders:read')
    const beyond = await ask({ resource: ORDERS, scope: 'orders:read stock:read' })
    expect(beyond.scope).toBe('orders:read')
  })

  it('asks for one API at a time, that is there and that it may ask for', async () => {
    const { ask } = await start({ resources: [ORDERS] })
    await expect(ask({ resource: STOCK })).rejects.toMatchObject({ error: 'invalid_target' })
    await expect(ask({ resource: 'https://nowhere.example.com' })).rejects.toMatchObject({ error: 'invalid_target' })
  })

  it('gets no refresh token and nothing about a person', async () => {
    const { ask } = await start()
    const answer = await ask({ resource: ORDERS })
    expect(answer).not.toHaveProperty('refresh_token')
    expect(answer).not.toHaveProperty('id_token')
  })
})
