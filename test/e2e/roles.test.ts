import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'

const ALL = { scopes: ['*'] }

describe.each(backends)('roles of an organization, $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    control.call(admin, method, path, body, headers)
  const rolesOf = async () => (await call('GET', '/v1/roles')).body.items as { name: string; holds: object }[]

  beforeAll(async () => {
    world = await open()
    control = await openControl(world)
    admin = (await control.keyWith(['*'], ALL)).key
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  it('are made, read, changed and deleted, each version by its tag', async () => {
    const made = await call('POST', '/v1/roles', {
      name: 'packer',
      inherits: ['read_only'],
      permissions: ['parcels:*'],
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ name: 'packer', builtIn: false, mostKeys: 25, version: 1 })
    expect(made.body.holds.permissions).toEqual(expect.arrayContaining(['parcels:*', '*:read']))
    const tag = String(made.headers.get('etag'))
    const changed = await call('PATCH', '/v1/roles/packer', { permissions: ['parcels:read'] }, { 'if-match': tag })
    expect(changed.body).toMatchObject({ permissions: ['parcels:read'], inherits: ['read_only'], version: 2 })
    expect((await call('PATCH', '/v1/roles/packer', { scopes: [] }, { 'if-match': tag })).body.code).toBe(
      'VERSION_STALE',
    )
    expect((await call('DELETE', '/v1/roles/packer', undefined, { 'if-match': '"2"' })).status).toBe(204)
    expect((await call('GET', '/v1/roles/packer')).body.code).toBe('ROLE_UNKNOWN')
  })

  it.each([
    ['super_admin', 'INPUT_INVALID'],
    ['super-admin', 'ROLE_NAME_TAKEN'],
    ['superxadmin', 'ROLE_NAME_TAKEN'],
    ['readonly', 'ROLE_NAME_TAKEN'],
    ['my_role', 'INPUT_INVALID'],
    ['', 'INPUT_INVALID'],
    ['Рacker', 'INPUT_INVALID'],
    ['constructor', null],
  ])('of the name %j: %s', async (name, code) => {
    const made = await call('POST', '/v1/roles', { name })
    expect(made.body.code ?? null).toBe(code)
    if (code === null) expect((await call('DELETE', `/v1/roles/${name}`)).status).toBe(204)
  })

  it('are not the built-in ones, which stay as they are', async () => {
    for (const method of ['PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { permissions: [] } : undefined
      expect((await call(method, '/v1/roles/user', body)).body.code).toBe('ROLE_BUILT_IN')
    }
  })

  it('are refused with what there is not, all faults at once', async () => {
    const body = { name: 'odd', inherits: ['wizard'], permissions: ['orders', 'orders:read', 'orders:read'] }
    expect((await call('POST', '/v1/roles', body)).status).toBe(400)
    const twice = await call('POST', '/v1/roles', { name: 'odd', inherits: ['wizard', 'user', 'user'] })
    expect(twice.body.errors.map(({ path }: { path: string }) => path)).toEqual(['inherits', 'inherits'])
  })

  it('never inherit themselves, also when two write half a circle at once', async () => {
    for (const name of ['ring-a', 'ring-b', 'ring-c']) await call('POST', '/v1/roles', { name })
    const self = await call('PATCH', '/v1/roles/ring-a', { inherits: ['ring-a'] })
    expect(self.body.code).toBe('ROLE_CIRCLE')
    const halves = await Promise.all([
      call('PATCH', '/v1/roles/ring-a', { inherits: ['ring-b'] }),
      call('PATCH', '/v1/roles/ring-b', { inherits: ['ring-a'] }),
    ])
    expect(halves.map(({ status }) => status).sort()).toEqual([200, 409])
    const upper = halves[0]?.status === 200 ? 'ring-a' : 'ring-b'
    const lower = upper === 'ring-a' ? 'ring-b' : 'ring-a'
    expect((await call('PATCH', `/v1/roles/${lower}`, { inherits: ['ring-c'] })).status).toBe(200)
    const closing = await call('PATCH', '/v1/roles/ring-c', { inherits: [upper] })
    expect(closing.body.detail).toContain(`ring-c → ${upper} → ${lower} → ring-c`)
  })

  it('give no more than whoever makes them holds, inherited things included', async () => {
    const { key } = await control.keyWith(['access:manage', 'orders:read'])
    const wide = await control.call(key, 'POST', '/v1/roles', { name: 'wide', permissions: ['orders:*'] })
    expect(wide.body).toMatchObject({ code: 'ROLE_BEYOND_YOU', errors: [{ path: 'permissions' }] })
    const heir = await control.call(key, 'POST', '/v1/roles', { name: 'wide', inherits: ['admin'] })
    expect(heir.body.code).toBe('ROLE_BEYOND_YOU')
    expect(
      (await control.call(key, 'POST', '/v1/roles', { name: 'narrow', permissions: ['orders:read'] })).status,
    ).toBe(201)
    await call('PATCH', '/v1/roles/narrow', { permissions: ['orders:*'] })
    const taking = await control.call(key, 'PATCH', '/v1/roles/narrow', { permissions: [] })
    expect(taking.body.code).toBe('ROLE_BEYOND_YOU')
    expect((await control.call(key, 'DELETE', '/v1/roles/narrow')).body.code).toBe('ROLE_BEYOND_YOU')
  })

  it('need access:manage', async () => {
    const { key } = await control.keyWith(['access:read'])
    expect((await control.call(key, 'POST', '/v1/roles', { name: 'mine' })).body.code).toBe('PERMISSION_MISSING')
    expect((await control.call(key, 'GET', '/v1/roles/user')).status).toBe(200)
  })

  it('are held by a service and its keys at once, and given up at once', async () => {
    await call('POST', '/v1/roles', { name: 'auditor', permissions: ['audit:read'] })
    const service = (await call('POST', '/v1/services', { name: 'book', scopes: [], roles: ['auditor'] })).body
    const wish = { name: 'k', owner: { kind: 'service', id: service.id }, permissions: ['audit:read'], scopes: [] }
    const { key } = (await call('POST', '/v1/keys', wish)).body
    const events = async () => (await control.call(key, 'GET', '/v1/audit/events')).status
    expect(await events()).toBe(200)
    await call('PATCH', '/v1/roles/auditor', { permissions: ['users:read'] })
    expect(await events()).toBe(403)
    await call('PATCH', '/v1/roles/auditor', { permissions: ['audit:*'] })
    expect(await events()).toBe(200)
  })

  it('that nobody knows are given to nobody', async () => {
    const { id } = await makePerson(control)
    expect((await call('PATCH', `/v1/users/${id}`, { roles: ['wizard'] })).body.code).toBe('INPUT_INVALID')
    expect((await call('POST', '/v1/services', { name: 'wz', roles: ['wizard'] })).body.code).toBe('INPUT_INVALID')
    const defaults = await call('PATCH', '/v1/organizations/org_default', { policy: { defaultRoles: ['wizard'] } })
    expect(defaults.body.code).toBe('INPUT_INVALID')
    const invited = { email: 'w@example.com', roles: ['wizard'] }
    const invitation = await call('POST', '/v1/organizations/org_default/invitations', invited)
    expect(invitation.body.code).toBe('INPUT_INVALID')
  })

  it('in use are deleted only aloud, and are then gone from everybody', async () => {
    await call('POST', '/v1/roles', { name: 'clerk', permissions: ['users:read'] })
    await call('POST', '/v1/roles', { name: 'head-clerk', inherits: ['clerk'] })
    const { id } = await makePerson(control, { roles: ['clerk', 'user'] })
    const service = (await call('POST', '/v1/services', { name: 'desk', scopes: [], roles: ['clerk'] })).body
    const invited = { email: 'c@example.com', roles: ['clerk'] }
    expect((await call('POST', '/v1/organizations/org_default/invitations', invited)).status).toBe(201)
    const refused = await call('DELETE', '/v1/roles/clerk')
    expect(refused.body.code).toBe('ROLE_IN_USE')
    expect(refused.body.detail).toContain('head-clerk')
    expect((await call('DELETE', '/v1/roles/clerk?takeFromEveryone=true')).status).toBe(204)
    expect((await call('GET', `/v1/users/${id}`)).body.roles).toEqual(['user'])
    expect((await call('GET', `/v1/services/${service.id}`)).body.roles).toEqual([])
    expect((await call('GET', '/v1/roles/head-clerk')).body.inherits).toEqual([])
    expect((await rolesOf()).map(({ name }) => name)).not.toContain('clerk')
    expect((await call('POST', '/v1/roles', { name: 'clerk' })).status).toBe(201)
  })

  it('are not changed so that nobody who can come in runs the organization any more', async () => {
    await call('POST', '/v1/roles', { name: 'boss', permissions: ['organizations:manage', 'users:read'] })
    await call('POST', '/v1/roles', { name: 'chief', inherits: ['boss'] })
    const weaken = () => call('PATCH', '/v1/roles/boss', { permissions: ['users:read'] })
    const strengthen = () => call('PATCH', '/v1/roles/boss', { permissions: ['organizations:manage', 'users:read'] })
    expect((await weaken()).status).toBe(200)
    expect((await strengthen()).status).toBe(200)
    const { id } = await makePerson(control, { roles: ['chief'] })
    expect((await weaken()).body.code).toBe('LAST_ORGANIZATION_ADMIN')
    expect((await call('PATCH', '/v1/roles/chief', { inherits: [] })).body.code).toBe('LAST_ORGANIZATION_ADMIN')
    const deleted = await call('DELETE', '/v1/roles/boss?takeFromEveryone=true')
    expect(deleted.body.code).toBe('LAST_ORGANIZATION_ADMIN')
    expect((await call('PATCH', '/v1/roles/boss', { permissions: ['organizations:*'] })).status).toBe(200)
    await makePerson(control, { roles: ['admin'] })
    expect((await weaken()).status).toBe(200)
    expect((await call('GET', `/v1/users/${id}`)).body.roles).toEqual(['chief'])
    expect((await call('DELETE', '/v1/roles/boss?takeFromEveryone=true')).status).toBe(204)
  })

  it('belong to one organization', async () => {
    const other = (await call('POST', '/v1/organizations', { name: 'Other' })).body
    await call('POST', '/v1/roles', { name: 'local', permissions: ['orders:read'] })
    const { id } = await makePerson(control)
    const path = `/v1/organizations/${other.id}/members/${id}`
    const put = await call('PUT', path, { roles: ['local'], scopes: [], permissions: [] })
    expect(put.body.code).toBe('INPUT_INVALID')
  })

  it('leave an Event of each change', async () => {
    const { items } = (await call('GET', '/v1/audit/events?limit=100')).body
    const types = new Set((items as { type: string }[]).map(({ type }) => type))
    for (const type of ['role.created', 'role.changed', 'role.deleted']) expect(types).toContain(type)
  })
})
