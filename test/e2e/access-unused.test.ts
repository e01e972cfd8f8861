import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'

const DAY = 86_400_000
type Unused = {
  principal: { id: string }
  gives: { kind: string; name: string }
  grant: string | null
  since: string
  lastUsedOn: string | null
  state: string
}

describe.each(backends)('the review of what nobody used, $name', { timeout: 120_000 }, ({ open }) => {
  let world: World
  let control: Control
  let later = 0
  const clock = { now: () => systemClock.now() + later }
  const admin = async (method: string, path: string, body?: unknown) => {
    const { key } = await control.keyWith(['*'], { scopes: ['*'] })
    return control.call(key, method, path, body)
  }
  const pass = async (days: number) => {
    await control.serving.system.uses.flush()
    later += days * DAY
  }
  /** What of somebody's the review lists, page by page. */
  const listed = async (id: string, kind = 'service', days = 90) => {
    await control.serving.system.uses.flush()
    const found: Unused[] = []
    let cursor = ''
    do {
      const { body } = await admin('GET', `/v1/access/reviews/unused?kind=${kind}&days=${days}&limit=2${cursor}`)
      found.push(...body.items)
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`
    } while (cursor !== '')
    return found
      .filter(({ principal }) => principal.id === id)
      .map(({ gives, state, lastUsedOn }) => `${gives.kind} ${gives.name} ${state} ${lastUsedOn ?? 'never'}`)
      .sort()
  }
  const robot = async (name: string, holds: object) => {
    const { body } = await admin('POST', '/v1/services', { name, scopes: [], permissions: [], ...holds })
    return body.id as string
  }
  const keyOf = async (id: string, permissions: string[], scopes: string[] = []) => {
    const expiresAt = clock.now() + 170 * DAY
    return (await control.keyWith(permissions, { owner: { kind: 'service', id }, scopes, expiresAt })).key
  }
  const verify = (key: string, needs: object) => admin('POST', '/v1/keys/verify', { key, ...needs })
  const today = () => new Date(clock.now()).toISOString().slice(0, 10)

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock })
    await admin('POST', '/v1/roles', { name: 'packer', permissions: ['parcels:*'] })
    await admin('POST', '/v1/roles', { name: 'head-packer', inherits: ['packer'], permissions: ['shifts:write'] })
  })

  afterEach(() => pass(200))

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  it('tells of roles, permissions and scopes that were given long ago, and of what was given lately as new', async () => {
    const id = await robot('idle', { roles: ['packer'], permissions: ['orders:read'], scopes: ['read'] })
    expect(await listed(id)).toEqual([
      'permission orders:read new never',
      'role packer new never',
      'scope read new never',
    ])
    await pass(91)
    const grant = { principal: id, role: 'head-packer', reason: 'asked for' }
    expect((await admin('POST', '/v1/grants', grant)).status).toBe(201)
    expect(await listed(id)).toEqual([
      'permission orders:read unused never',
      'role head-packer new never',
      'role packer unused never',
      'scope read unused never',
    ])
  })

  it('leaves out what a verification asked for, with whatever else gives it, for as many days as are asked', async () => {
    const id = await robot('busy', {
      roles: ['head-packer'],
      permissions: ['parcels:read', 'orders:read'],
      scopes: ['read'],
    })
    const key = await keyOf(id, ['parcels:read', 'orders:read'], ['read'])
    await pass(91)
    const used = today()
    expect((await verify(key, { permissions: ['parcels:read'] })).body.code).toBe('VALID')
    expect((await verify(key, { permissions: ['orders:write'] })).body.code).toBe('PERMISSION_MISSING')
    expect(await listed(id)).toEqual(['permission orders:read unused never', 'scope read unused never'])
    await pass(40)
    expect(await listed(id, 'service', 30)).toContain(`role head-packer unused ${used}`)
    expect(await listed(id, 'service', 60)).toEqual(['permission orders:read unused never', 'scope read unused never'])
    expect((await verify(key, { scopes: ['read'] })).body.code).toBe('VALID')
    expect(await listed(id, 'service', 60)).toEqual(['permission orders:read unused never'])
  })

  it('takes a trial for no use', async () => {
    const id = await robot('trial', { permissions: ['orders:read'] })
    const key = await keyOf(id, ['orders:read'])
    await pass(91)
    const tried = await control.serving.system.keys.verify({ key, permissions: ['orders:read'], dry: true })
    expect(tried.code).toBe('VALID')
    expect(await listed(id)).toEqual(['permission orders:read unused never'])
  })

  it('counts the control plane, and what is changed begins anew', async () => {
    const id = await robot('reader', { permissions: ['access:read', 'audit:read'] })
    const key = await keyOf(id, ['access:read'])
    await pass(91)
    expect((await control.call(key, 'GET', '/v1/roles')).status).toBe(200)
    expect(await listed(id)).toEqual(['permission audit:read unused never'])
    expect((await admin('PATCH', `/v1/services/${id}`, { permissions: ['access:read', 'users:read'] })).status).toBe(
      200,
    )
    expect(await listed(id)).toEqual(['permission users:read new never'])
  })

  it('counts what applications ask over AuthZEN, for objects too', async () => {
    const id = await robot('asked', {
      permissions: ['orders:read', 'parcels:read:7', 'parcels:read:8', 'shifts:write'],
    })
    await pass(91)
    const ask = (action: string, type: string, object: string) =>
      admin('POST', '/access/v1/evaluation', {
        subject: { type: 'service', id },
        action: { name: action },
        resource: { type, id: object },
      })
    expect((await ask('read', 'orders', '42')).body.decision).toBe(true)
    expect((await ask('read', 'parcels', '7')).body.decision).toBe(true)
    expect((await ask('write', 'orders', '42')).body.decision).toBe(false)
    expect(await listed(id)).toEqual(['permission parcels:read:8 unused never', 'permission shifts:write unused never'])
  })

  it('says of what only policies and the inside ask for that nobody knows', async () => {
    expect((await admin('POST', '/v1/roles', { name: 'waver', permissions: ['flags:wave'] })).status).toBe(201)
    const id = await robot('quiet', { roles: ['waver'], permissions: ['keys:grant-any'] })
    const text = 'permit (principal in Role::"waver", action, resource);'
    expect((await admin('POST', '/v1/policies', { name: 'wavers', text })).status).toBe(201)
    await pass(91)
    expect(await listed(id)).toEqual(['permission keys:grant-any unmeasured never', 'role waver unmeasured never'])
  })

  it('tells of people, and of roles that they were given since as new', async () => {
    const { id } = await makePerson(control, { roles: ['packer'] })
    await pass(91)
    expect(await listed(id, 'user')).toEqual(['role packer unused never'])
    expect((await admin('PATCH', `/v1/users/${id}`, { roles: ['packer', 'head-packer'] })).status).toBe(200)
    expect(await listed(id, 'user')).toEqual(['role head-packer new never', 'role packer new never'])
  })

  it.each(['days=0', 'days=366', 'days=ten', 'kind=robot', 'since=2026-01-01T00:00:00Z'])(
    'refuses %s',
    async (query) => {
      expect((await admin('GET', `/v1/access/reviews/unused?${query}`)).body.code).toBe('INPUT_INVALID')
    },
  )

  it('needs access:read', async () => {
    const { key } = await control.keyWith(['audit:read'])
    const refused = await control.call(key, 'GET', '/v1/access/reviews/unused')
    expect(refused.body.code).toBe('PERMISSION_MISSING')
  })
})
