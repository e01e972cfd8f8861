import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'

const HOUR = 3_600_000
type Way = { name: string; roles: string[]; grant: string | null }
type Held = { principal: { id: string }; ways: Way[] }

describe.each(backends)('reviews of who may do what, $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let later = 0
  const clock = { now: () => systemClock.now() + later }
  const iso = () => new Date(clock.now()).toISOString()
  const call = (method: string, path: string, body?: unknown) => control.call(admin, method, path, body)
  const asked = (path: string) => call('GET', `/v1/access/reviews/${path}`)

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock })
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    await call('POST', '/v1/roles', { name: 'packer', permissions: ['parcels:*'] })
    await call('POST', '/v1/roles', { name: 'head-packer', inherits: ['packer'], permissions: ['shifts:write'] })
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  it('tell what somebody holds and by which role, inherited ones and grants included', async () => {
    const { id } = await makePerson(control, { roles: ['head-packer'] })
    const until = new Date(clock.now() + HOUR).toISOString()
    const grant = { principal: id, permission: 'orders:read:42', reason: 'asked for', until }
    const given = (await call('POST', '/v1/grants', grant)).body
    const { ways } = (await asked(`what?principal=${id}`)).body as Held
    expect(ways).toContainEqual(expect.objectContaining({ name: 'parcels:*', roles: ['head-packer', 'packer'] }))
    expect(ways).toContainEqual(expect.objectContaining({ name: 'shifts:write', roles: ['head-packer'], grant: null }))
    expect(ways).toContainEqual({ kind: 'permission', name: 'orders:read:42', roles: [], grant: given.id, until })
  })

  it('tell who holds a permission, by a wider one too, page by page', async () => {
    const packer = await makePerson(control, { roles: ['packer'] })
    const other = await makePerson(control)
    const service = { name: 'packing', scopes: [], permissions: ['parcels:read'] }
    const robot = (await call('POST', '/v1/services', service)).body
    const people: Held[] = []
    let cursor = ''
    do {
      const page = (await asked(`who?permission=parcels:read:7&limit=2${cursor}`)).body
      people.push(...page.items)
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`
    } while (cursor !== '')
    const ids = people.map(({ principal }) => principal.id)
    expect(ids).toContain(packer.id)
    expect(ids).not.toContain(other.id)
    const services = (await asked('who?permission=parcels:read:7&kind=service')).body.items as Held[]
    expect(services.map(({ principal }) => principal.id)).toContain(robot.id)
    expect((await asked('who?permission=parcels:write&kind=service')).body.items as Held[]).not.toContainEqual(
      expect.objectContaining({ principal: { kind: 'service', id: robot.id } }),
    )
  })

  it('tell of services and of clients of the authorization server alike', async () => {
    const permissions = ['crates:read']
    const client = { name: 'crane', grants: ['client_credentials'], scopes: [], permissions }
    const made = (await call('POST', '/v1/clients', client)).body
    const robots = [made.id]
    for (const name of ['crate one', 'crate two', 'crate three']) {
      robots.push((await call('POST', '/v1/services', { name, scopes: [], permissions })).body.id)
    }
    const found: string[] = []
    let cursor = ''
    do {
      const page = (await asked(`who?permission=crates:read&kind=service&limit=2${cursor}`)).body
      found.push(...(page.items as Held[]).map(({ principal }) => principal.id))
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`
    } while (cursor !== '')
    for (const id of robots) expect(found.filter((one) => one === id)).toHaveLength(1)
    const { ways } = (await asked(`what?principal=${made.id}`)).body as Held
    expect(ways).toContainEqual({ kind: 'permission', name: 'crates:read', roles: [], grant: null, until: null })
    expect((await asked('what?principal=cli_1hq3v0c9kd5m7w2x8p4t6r1a')).body.code).toBe('CLIENT_UNKNOWN')
    const unused = (await asked('unused?kind=service&limit=100')).body.items as { principal: { id: string } }[]
    expect(unused.map(({ principal }) => principal.id)).toContain(made.id)
  })

  it('tell what changed between two times, what ended by time included', async () => {
    const { id } = await makePerson(control)
    const until = new Date(clock.now() + HOUR).toISOString()
    const given = (await call('POST', '/v1/grants', { principal: id, role: 'packer', reason: 'r', until })).body
    const since = iso()
    await call('PATCH', '/v1/roles/packer', { permissions: ['parcels:read'] })
    later += HOUR + 1000
    const found = (await asked(`diff?since=${since}&until=${iso()}`)).body
    expect(found.complete).toBe(true)
    const types = (found.items as { type: string; resource: string }[]).map(
      ({ type, resource }) => `${type} ${resource}`,
    )
    expect(types).toContain('role.changed packer')
    expect(types.at(-1)).toBe(`grant.over ${given.id}`)
    expect(types).not.toContain(`grant.given ${given.id}`)
  })

  it.each([
    ['who', 'INPUT_INVALID'],
    ['who?permission=a:b&scope=read', 'INPUT_INVALID'],
    ['who?permission=nothing', 'INPUT_INVALID'],
    ['what?principal=key_1', 'INPUT_INVALID'],
    ['what?principal=usr_1hq3v0c9kd5m7w2x8p4t6r1a', 'USER_UNKNOWN'],
    ['diff?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z', 'INPUT_INVALID'],
  ])('refuse %s', async (path, code) => {
    expect((await asked(path)).body.code).toBe(code)
  })

  it('need access:read, and see nothing of other organizations', async () => {
    const { key } = await control.keyWith(['audit:read'])
    const refused = await control.call(key, 'GET', '/v1/access/reviews/who?permission=a:b')
    expect(refused.body.code).toBe('PERMISSION_MISSING')
    const other = (await call('POST', '/v1/organizations', { name: 'Elsewhere' })).body
    const { id } = await makePerson(control, { organization: other.id })
    expect((await asked(`what?principal=${id}`)).body.code).toBe('USER_UNKNOWN')
  })
})
