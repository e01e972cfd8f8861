import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { makeClient, signIn } from '../support/relying-party.ts'
import { eventually } from '../support/sallyport.ts'

const API = 'https://api.example.com'
const env = {
  SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['users:read'] }]),
  SALLYPORT_OAUTH_PASSWORD_TOKENS: 'true',
  SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
}

/** What each of the three credentials of a person may on the second node. */
type Seen = { readonly key: number; readonly session: number; readonly token: boolean }

describe.each(backends)('a role taken away on one of two nodes, $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let one: Control
  let two: Control
  let admin: string

  beforeAll(async () => {
    world = await open()
    one = await openControl(world, { issuerHost: 'localhost', env })
    two = await openControl(world, { env: { ...env, SALLYPORT_ISSUER: one.url } })
    admin = (await one.keyWith(['*'], { scopes: ['*'] })).key
    const reader = { name: 'reader', inherits: ['user'], permissions: ['users:read'] }
    expect((await one.call(admin, 'POST', '/v1/roles', reader)).status).toBe(201)
    const heir = { name: 'head-reader', inherits: ['reader'] }
    expect((await one.call(admin, 'POST', '/v1/roles', heir)).status).toBe(201)
  })

  afterAll(async () => {
    await one?.stop()
    await two?.stop()
    await world?.close()
  })

  /** Somebody with a role, who has a key, a session and an access token; and what these may on the second node. */
  async function settle(role: string): Promise<{ id: string; seen: () => Promise<Seen> }> {
    const person = await makePerson(one, { roles: [role] })
    const { visitor } = await signIn(one, person)
    const cookie = visitor.cookies().map(({ name, value }) => `${name}=${value}`)
    const wish = { name: 'k', owner: { kind: 'user', id: person.id }, scopes: [], permissions: ['users:read'] }
    const made = await one.call(admin, 'POST', '/v1/keys', wish)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const token = await tokenOf(person)
    const seen = async (): Promise<Seen> => ({
      key: (await two.call(made.body.key, 'GET', '/v1/users')).status,
      session: (await two.call(null, 'GET', '/v1/users', undefined, { cookie: cookie.join('; ') })).status,
      token: (await two.call(admin, 'POST', '/v1/auth/token/verify', { token })).body.valid,
    })
    return { id: person.id, seen }
  }

  async function tokenOf({ email, password }: { email: string; password: string }): Promise<string> {
    const scopes = ['openid', 'users:read']
    const client = await makeClient(one, { redirectUris: [], grants: ['refresh_token'], scopes, passwordTokens: true })
    const secret = client.secret === null ? {} : { clientSecret: client.secret }
    const wish = { clientId: client.id, ...secret, email, password, resource: API }
    const { body } = await one.call(null, 'POST', '/v1/auth/token', wish)
    expect(body.scopes, JSON.stringify(body)).toContain('users:read')
    return body.accessToken
  }

  const OPEN: Seen = { key: 200, session: 200, token: true }
  const isClosed = async (seen: () => Promise<Seen>) => {
    const { key, session, token } = await seen()
    return key >= 401 && session >= 401 && !token
  }

  it.each(['reader', 'head-reader'])('opens nothing on the other in under one second: %s narrowed', async (role) => {
    await one.call(admin, 'PATCH', '/v1/roles/reader', { permissions: ['users:read'] })
    const { seen } = await settle(role)
    expect(await seen()).toEqual(OPEN)
    expect((await one.call(admin, 'PATCH', '/v1/roles/reader', { permissions: [] })).status).toBe(200)
    expect(await eventually(() => isClosed(seen), 1000)).toBe(true)
    // The session goes on; it is what it may that changed.
    expect(await seen()).toEqual({ key: 403, session: 403, token: false })
  })

  it('opens nothing on the other in under one second: taken from the person', async () => {
    await one.call(admin, 'PATCH', '/v1/roles/reader', { permissions: ['users:read'] })
    const { id, seen } = await settle('reader')
    expect(await seen()).toEqual(OPEN)
    expect((await one.call(admin, 'PATCH', `/v1/users/${id}`, { roles: ['user'] })).status).toBe(200)
    expect(await eventually(() => isClosed(seen), 1000)).toBe(true)
  })

  it('opens nothing on the other in under one second: deleted aloud', async () => {
    await one.call(admin, 'PATCH', '/v1/roles/reader', { permissions: ['users:read'] })
    const { seen } = await settle('reader')
    expect(await seen()).toEqual(OPEN)
    expect((await one.call(admin, 'DELETE', '/v1/roles/reader?takeFromEveryone=true')).status).toBe(204)
    expect(await eventually(() => isClosed(seen), 1000)).toBe(true)
  })
})
