import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sallyport } from '../../src/node.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { embedded } from '../support/doors.ts'
import { openPlace } from '../support/sallyport.ts'

const settings = (upstream: string) => `
gateway:
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: packed, match: { path: /packed }, upstream: api, authenticate: [apiKey], require: { roles: [packer] } }
    - { id: built, match: { path: /built }, upstream: api, authenticate: [apiKey], require: { roles: [read_only] } }
    - { id: both, match: { path: /both }, upstream: api, authenticate: [apiKey], require: { roles: [packer, read_only] } }
`

describe.each(backends)('roles that a route or a guard requires, $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let upstream: Server
  let control: Control
  let admin: string
  const call = (method: string, path: string, body?: unknown) => control.call(admin, method, path, body)
  const codeOf = async (url: string, key: string) => {
    const answer = await fetch(url, { headers: { 'x-api-key': key } })
    const text = await answer.text()
    return answer.status === 200 ? 'through' : JSON.parse(text).code
  }
  const at = (path: string, key: string) => codeOf(`${control.serving.gateway}${path}`, key)
  const robot = async (name: string, holds: object) =>
    (await call('POST', '/v1/services', { name, scopes: [], permissions: [], ...holds })).body.id as string
  const keyOf = async (id: string, permissions: string[], more: object = {}) =>
    (await control.keyWith(permissions, { owner: { kind: 'service', id }, ...more })).key

  beforeAll(async () => {
    world = await open()
    upstream = createServer((_, response) => response.end('it'))
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    await call('POST', '/v1/roles', { name: 'packer', permissions: ['parcels:*'] })
    await call('POST', '/v1/roles', { name: 'head-packer', inherits: ['packer'], permissions: ['shifts:write'] })
  })

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  it('let through whoever has them, by inheritance too', async () => {
    const packer = await keyOf(await robot('packs', { roles: ['packer'] }), ['parcels:*'])
    const head = await keyOf(await robot('leads', { roles: ['head-packer'] }), ['parcels:*'])
    expect(await at('/packed', packer)).toBe('through')
    expect(await at('/packed', head)).toBe('through')
    expect(await at('/built', packer)).toBe('ROLE_MISSING')
    expect(await at('/both', packer)).toBe('ROLE_MISSING')
  })

  it('let nobody through who merely holds the same, or whose key carries less than the role gives', async () => {
    const same = await keyOf(await robot('same', { permissions: ['parcels:*'] }), ['parcels:*'])
    const less = await keyOf(await robot('less', { roles: ['packer'] }), ['parcels:read'])
    expect(await at('/packed', same)).toBe('ROLE_MISSING')
    expect(await at('/packed', less)).toBe('ROLE_MISSING')
  })

  it('follow grants, and roles that give something else than before', async () => {
    const id = await robot('lent', { roles: ['head-packer'] })
    const key = await keyOf(id, ['parcels:*', 'shifts:write'])
    expect(await at('/packed', key)).toBe('through')
    await call('PATCH', '/v1/roles/head-packer', { inherits: [] })
    expect(await at('/packed', key)).toBe('ROLE_MISSING')
    const grant = { principal: id, role: 'packer', reason: 'lent' }
    const { body } = await call('POST', '/v1/grants', grant)
    expect(await at('/packed', key)).toBe('through')
    await call('DELETE', `/v1/grants/${body.id}`)
    expect(await at('/packed', key)).toBe('ROLE_MISSING')
    await call('PATCH', '/v1/roles/head-packer', { inherits: ['packer'] })
  })

  it('are those of the organization of the caller', async () => {
    const { access } = control.serving.system
    const all = { scopes: ['*'], permissions: ['*'] }
    expect(access.rolesWithin('org_default', ['head-packer'], all)).toEqual(['head-packer', 'packer'])
    expect(access.rolesWithin('org_other', ['head-packer', 'admin'], all)).toEqual(['admin'])
  })

  it('count as used in reviews, with the role by which they came', async () => {
    const id = await robot('counted', { roles: ['head-packer'] })
    const key = await keyOf(id, ['parcels:*'])
    expect(await at('/packed', key)).toBe('through')
    await control.serving.system.uses.flush()
    const { items } = (await call('GET', '/v1/access/reviews/unused?kind=service&days=1&limit=100')).body
    expect(items.filter((it: { principal: { id: string } }) => it.principal.id === id)).toEqual([])
  })

  it('are asked by a guard of the middleware, embedded and connected', async () => {
    const packer = await keyOf(await robot('guarded', { roles: ['head-packer'] }), ['parcels:*'])
    const none = await keyOf(await robot('unguarded', {}), [])
    const { key } = await control.keyWith(['keys:verify'])
    for (const options of [{ embedded: await embedded(control) }, { url: control.url, key }]) {
      const gate = sallyport(options)
      const server = createServer(async (request, response) => {
        if ((await gate.authenticate(request, response)) === null) return
        if ((await gate.requireRoles('packer')(request, response)) !== null) response.end('it')
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      expect(await codeOf(url, packer)).toBe('through')
      expect(await codeOf(url, none)).toBe('ROLE_MISSING')
      expect(() => gate.requireRoles('Packer')).toThrow('"Packer" is not the name of a role')
      expect(() => gate.requireRoles()).toThrow('name at least one')
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await gate.close()
      if ('embedded' in options) await options.embedded.stop()
    }
  })
})
