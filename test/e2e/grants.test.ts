import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { makeClient, signIn } from '../support/relying-party.ts'
import { eventually } from '../support/sallyport.ts'

const API = 'https://api.example.com'
const HOUR = 3_600_000
const env = {
  SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['users:read'] }]),
  SALLYPORT_OAUTH_PASSWORD_TOKENS: 'true',
  SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
}

describe.each(backends)('grants, $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let one: Control
  let two: Control
  let admin: string
  let later = 0
  const clock = { now: () => systemClock.now() + later }
  const iso = (ahead: number) => new Date(clock.now() + ahead).toISOString()
  const call = (method: string, path: string, body?: unknown) => one.call(admin, method, path, body)
  const give = (principal: string, more: object) =>
    call('POST', '/v1/grants', { principal, reason: 'on call', ...more })

  beforeAll(async () => {
    world = await open()
    one = await openControl(world, { issuerHost: 'localhost', env, clock })
    two = await openControl(world, { env: { ...env, SALLYPORT_ISSUER: one.url }, clock })
    admin = (await one.keyWith(['*'], { scopes: ['*'], expiresAt: clock.now() + 80 * 24 * HOUR })).key
  })

  afterAll(async () => {
    await one?.stop()
    await two?.stop()
    await world?.close()
  })

  async function serviceKey(permissions: readonly string[]) {
    const wish = { name: `s${Math.random()}`, scopes: [], roles: ['user'] }
    const service = (await call('POST', '/v1/services', wish)).body
    const given = (await give(service.id, { role: 'support', until: iso(HOUR) })).body
    const { body } = await call('POST', '/v1/keys', {
      name: 'k',
      owner: { kind: 'service', id: service.id },
      scopes: [],
      permissions,
    })
    return { service, key: body.key as string, given }
  }

  it('tell who, when, why and until when, and are listed', async () => {
    const { id } = await makePerson(one)
    const until = iso(HOUR)
    const made = await give(id, { role: 'support', until })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(made.body).toMatchObject({
      principal: { kind: 'user', id },
      kind: 'role',
      name: 'support',
      reason: 'on call',
    })
    expect(made.body).toMatchObject({ until, endedAt: null })
    await give(id, { permission: 'orders:read' })
    const listed = (await call('GET', `/v1/grants?principal=${id}`)).body.items
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(['orders:read', 'support'])
    const roles = (await call('GET', `/v1/grants?role=support&principal=${id}`)).body.items
    expect(roles).toEqual([made.body])
    expect((await call('DELETE', `/v1/grants/${made.body.id}`)).status).toBe(204)
    expect((await call('DELETE', `/v1/grants/${made.body.id}`)).body.code).toBe('GRANT_UNKNOWN')
    const ended = (await call('GET', `/v1/grants?role=support&principal=${id}`)).body.items
    expect(ended[0]).toMatchObject({ id: made.body.id })
    expect(ended[0].endedAt).not.toBeNull()
    const working = (await call('GET', `/v1/grants?principal=${id}&workingAt=${encodeURIComponent(iso(0))}`)).body.items
    expect(working.map(({ name }: { name: string }) => name)).toEqual(['orders:read'])
  })

  it.each([
    ['nothing', {}],
    ['two things', { role: 'support', permission: 'orders:read' }],
    ['a role that nobody knows', { role: 'wizard' }],
    ['a time that is over', { role: 'support', until: '2020-01-01T00:00:00Z' }],
    ['a time that never comes', { role: 'support', until: '9999-01-01T00:00:00Z' }],
    ['no reason', { role: 'support', reason: '' }],
    ['an odd permission', { permission: 'orders' }],
  ])('of %s are refused', async (_what, wish) => {
    const { id } = await makePerson(one)
    expect((await give(id, wish)).body.code).toBe('INPUT_INVALID')
  })

  it('go to nobody who is not there, nor to oneself', async () => {
    expect((await give('usr_1hq3v0c9kd5m7w2x8p4t6r1a', { role: 'support' })).status).toBe(404)
    const { visitor, id } = await signedIn(['super_admin'])
    const self = await visitor.post('/v1/grants', { principal: id, role: 'support', reason: 'because' })
    expect(self.body.code).toBe('GRANT_TO_YOURSELF')
  })

  it('give and take nothing that whoever gives does not hold', async () => {
    const { id } = await makePerson(one)
    const { key } = await one.keyWith(['access:manage', 'orders:read'])
    const wide = await one.call(key, 'POST', '/v1/grants', { principal: id, role: 'super_admin', reason: 'why not' })
    expect(wide.body.code).toBe('GRANT_BEYOND_YOU')
    const narrow = { principal: id, permission: 'orders:read', reason: 'fits' }
    expect((await one.call(key, 'POST', '/v1/grants', narrow)).status).toBe(201)
    const given = (await give(id, { role: 'admin' })).body
    expect((await one.call(key, 'DELETE', `/v1/grants/${given.id}`)).body.code).toBe('GRANT_BEYOND_YOU')
  })

  async function signedIn(roles: readonly string[] = ['user']) {
    const person = await makePerson(one, { roles })
    const { visitor } = await signIn(one, person)
    const cookie = visitor.cookies().map(({ name, value }) => `${name}=${value}`)
    const users = async (node: Control) =>
      (await node.call(null, 'GET', '/v1/users', undefined, { cookie: cookie.join('; ') })).status
    return { ...person, visitor, users }
  }

  // Before the clock is turned: the library of the protocol has one of its own.
  it('end the tokens that were signed of them: those with an end live no longer, those ended by hand no more', async () => {
    const { id, email, password } = await makePerson(one)
    const given = (await give(id, { permission: 'users:read', until: iso(HOUR / 4) })).body
    const scopes = ['openid', 'users:read']
    const client = await makeClient(one, { redirectUris: [], grants: ['refresh_token'], scopes, passwordTokens: true })
    const secret = client.secret === null ? {} : { clientSecret: client.secret }
    const wish = { clientId: client.id, ...secret, email, password, resource: API }
    const { body } = await one.call(null, 'POST', '/v1/auth/token', wish)
    expect(body.scopes, JSON.stringify(body)).toContain('users:read')
    expect(body.expiresIn).toBeLessThanOrEqual(HOUR / 4 / 1000)
    const valid = async () =>
      (await two.call(admin, 'POST', '/v1/auth/token/verify', { token: body.accessToken })).body.valid
    expect(await valid()).toBe(true)
    await call('DELETE', `/v1/grants/${given.id}`)
    expect(await eventually(async () => !(await valid()), 1000)).toBe(true)
  })

  it('work on every node at once for a session, and end by time without anybody’s writing', async () => {
    const { id, users } = await signedIn()
    expect(await users(two)).toBe(403)
    await give(id, { role: 'support', until: iso(HOUR / 2) })
    expect(await eventually(async () => (await users(two)) === 200, 1000)).toBe(true)
    later += HOUR / 2 + 1
    expect([await users(one), await users(two)]).toEqual([403, 403])
  })

  it('work on every node at once for a key, and end by time and by hand', async () => {
    const byTime = await serviceKey(['users:read'])
    const byHand = await serviceKey(['users:read'])
    const users = async (node: Control, key: string) => (await node.call(key, 'GET', '/v1/users')).status
    for (const { key } of [byTime, byHand]) {
      expect(await eventually(async () => (await users(two, key)) === 200, 1000)).toBe(true)
    }
    expect((await call('DELETE', `/v1/grants/${byHand.given.id}`)).status).toBe(204)
    expect(await eventually(async () => (await users(two, byHand.key)) === 403, 1000)).toBe(true)
    later += HOUR + 1
    expect([await users(one, byTime.key), await users(two, byTime.key)]).toEqual([403, 403])
  })

  it('count when a role is deleted, and end with it', async () => {
    await call('POST', '/v1/roles', { name: 'night', permissions: ['users:read'] })
    const { id, users } = await signedIn()
    await give(id, { role: 'night' })
    expect(await users(one)).toBe(200)
    expect((await call('DELETE', '/v1/roles/night')).body.code).toBe('ROLE_IN_USE')
    expect((await call('DELETE', '/v1/roles/night?takeFromEveryone=true')).status).toBe(204)
    expect(await users(one)).toBe(403)
  })

  it('never make up for the last who has the role super_admin, and protect who has it', async () => {
    const { id } = await makePerson(one)
    await give(id, { role: 'super_admin' })
    const { key } = await one.keyWith(['users:*'])
    expect((await one.call(key, 'PATCH', `/v1/users/${id}`, { name: 'Eve' })).body.code).toBe('USER_OUTRANKS')
  })

  it('are at most a hundred for one principal, also when many are given at once', { timeout: 120_000 }, async () => {
    const { id } = await makePerson(one)
    const wishes = Array.from({ length: 103 }, (_, i) => give(id, { permission: `orders:read:${i}` }))
    const codes = (await Promise.all(wishes)).map(({ status, body }) => (status === 201 ? 'given' : body.code))
    expect(codes.filter((code) => code === 'given')).toHaveLength(100)
    expect(codes.filter((code) => code === 'GRANT_LIMIT_REACHED')).toHaveLength(3)
  })

  it('leave an Event of each', async () => {
    const { items } = (await call('GET', '/v1/audit/events?limit=100&type=grant.ended')).body
    expect(items[0].details).toMatchObject({ reason: 'on call' })
  })
})
