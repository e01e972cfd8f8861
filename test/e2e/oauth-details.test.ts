import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { authorize, discover, makeClient, redeem, signIn } from '../support/relying-party.ts'

const API = 'https://api.example.com'
const DETAILS = [
  {
    type: 'payment',
    sentence: 'Pay from your account',
    actions: ['initiate', 'status'],
    fields: [
      { name: 'amount.value', kind: 'text' },
      { name: 'amount.currency', kind: 'text' },
      { name: 'urgent', kind: 'flag', required: false },
    ],
  },
]
const payment = { type: 'payment', actions: ['initiate'], amount: { value: '12.30', currency: 'EUR' } }

describe.each(backends)('what is asked for in detail (RFC 9396), on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    const env = {
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([
        { id: API, scopes: ['orders:read'] },
        { id: 'https://opaque.example.com', scopes: ['orders:read'], accessTokens: 'opaque' },
      ]),
      SALLYPORT_OAUTH_AUTHORIZATION_DETAILS: JSON.stringify(DETAILS),
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const start = async () => {
    const client = await makeClient(control, { scopes: ['openid', 'orders:read', 'offline_access'] })
    const { visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    return { client, config: await discover(control, client), visitor }
  }
  const asking = (details: unknown, resource = API) => ({
    scope: 'openid orders:read',
    resource,
    authorization_details: typeof details === 'string' ? details : JSON.stringify(details),
  })

  it('stands in the token of that very request, and in no other one', async () => {
    const { config, visitor } = await start()
    const tokens = await redeem(config, await authorize(config, visitor, asking([payment])))
    expect(decodeJwt(tokens.access_token)).toMatchObject({ authorization_details: [payment] })
    expect(tokens.authorization_details).toEqual([payment])
    const { authorization_details: _, ...without } = asking([])
    const later = await redeem(config, await authorize(config, visitor, without))
    expect(decodeJwt(later.access_token)).not.toHaveProperty('authorization_details')
  })

  it('is told by introspection', async () => {
    const { client, config, visitor } = await start()
    const found = await authorize(config, visitor, asking([payment], 'https://opaque.example.com'))
    const { access_token } = await redeem(config, found)
    const answer = await fetch(new URL('/oauth/introspect', control.url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ token: access_token }),
    })
    expect(await answer.json()).toMatchObject({ active: true, authorization_details: [payment] })
  })

  it.each([
    ['of a type that there is not', [{ ...payment, type: 'transfer' }]],
    ['with an action that there is not', [{ ...payment, actions: ['initiate', 'cancel'] }]],
    ['with a member that there is not', [{ ...payment, hidden: 'yes' }]],
    ['without what it needs', [{ type: 'payment', actions: ['initiate'], amount: { value: '1' } }]],
    ['with a number for a text', [{ ...payment, amount: { value: 12, currency: 'EUR' } }]],
    ['with a text for a flag', [{ ...payment, urgent: 'yes' }]],
    ['with a list in it', [{ ...payment, amount: { value: ['1'], currency: 'EUR' } }]],
    ['with a text that turns what people read', [{ ...payment, amount: { value: '1\u202e2', currency: 'EUR' } }]],
    ['with a very long text', [{ ...payment, amount: { value: 'x'.repeat(300), currency: 'EUR' } }]],
    ['as an object', payment],
    ['as nonsense', '[{'],
    ['named like a part of objects', [{ ...payment, type: '__proto__' }]],
  ])('is refused %s', async (_what, details) => {
    const { config, visitor } = await start()
    const { callback } = await authorize(config, visitor, asking(details))
    expect(callback.searchParams.get('error')).toBe('invalid_authorization_details')
  })

  it('may be asked for in part at the token endpoint, and never beyond what was agreed', async () => {
    const { client, config, visitor } = await start()
    const both = { ...payment, actions: ['initiate', 'status'] }
    const found = await authorize(config, visitor, asking([both]))
    const { refresh_token } = await redeem(config, found)
    const renew = async (token: string, details: unknown) => {
      const answer = await fetch(new URL('/oauth/token', control.url), {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: token,
          resource: API,
          authorization_details: JSON.stringify(details),
        }),
      })
      return (await answer.json()) as { access_token?: string; refresh_token?: string; error?: string }
    }
    const less = await renew(refresh_token ?? '', [payment])
    expect(decodeJwt(less.access_token ?? '')).toMatchObject({ authorization_details: [payment] })
    const more = await renew(less.refresh_token ?? '', [{ ...payment, amount: { value: '9999', currency: 'EUR' } }])
    expect(more.error).toBe('invalid_authorization_details')
  })

  it('is nothing that a client can give itself', async () => {
    const service = {
      grants: ['client_credentials'],
      redirectUris: [],
      scopes: ['orders:read'],
      firstParty: false,
    } as const
    const client = await makeClient(control, { ...service, consent: 'once' })
    const answer = await fetch(new URL('/oauth/token', control.url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: API,
        authorization_details: JSON.stringify([payment]),
      }),
    })
    expect(await answer.json()).toMatchObject({ error: 'invalid_authorization_details' })
  })
})
