import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace, startUpstream, type Upstream } from '../support/sallyport.ts'

const settings = (upstream: string) => `
gateway:
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: viewed, match: { path: "/documents/{id}" }, upstream: api, authenticate: [apiKey], require: { relation: { relation: viewer, type: document, name: id } } }
    - { id: told, match: { path: "/told/{id}" }, upstream: api, authenticate: [apiKey], require: { relation: { relation: viewer, type: document, name: id, otherwise: "403" } } }
    - { id: asked, match: { path: /search }, upstream: api, authenticate: [apiKey], require: { relation: { relation: viewer, type: document, from: query, name: document } } }
    - { id: unknown, match: { path: "/unknown/{id}" }, upstream: api, authenticate: [apiKey], require: { relation: { relation: nobody, type: document, name: id } } }
    - { id: orders, match: { path: "/orders/{id}" }, upstream: api, authenticate: [apiKey], require: { policy: { action: read, type: order, name: id } } }
    - { id: all, match: { path: /orders }, upstream: api, authenticate: [apiKey], require: { policy: { action: list, type: order, name: null, otherwise: "404" } } }
`

const MODEL = {
  types: {
    service: {},
    group: { relations: { member: { direct: ['service'] } } },
    document: { relations: { viewer: { direct: ['service', 'group#member'] } } },
  },
}

describe.each(backends)('relations and policies at the gateway on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let upstream: Upstream
  let control: Control
  let admin: string
  let caller: { key: string; owner: string }

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    const place = await openPlace(world, settings(upstream.url))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    caller = await control.keyWith([])
    await control.call(admin, 'PUT', '/v1/relations/model', MODEL)
  })

  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await world?.close()
  })

  async function ask(path: string, key = caller.key): Promise<[number, string | null]> {
    const answer = await fetch(new URL(path, control.serving.gateway ?? ''), { headers: { 'x-api-key': key } })
    const body = await answer.text()
    return [answer.status, answer.status === 200 ? null : JSON.parse(body).code]
  }
  const tuples = (change: object) => control.call(admin, 'POST', '/v1/relations', change)
  const policy = async (text: string) => {
    const made = await control.call(admin, 'POST', '/v1/policies', { name: `policy-${text.length}`, text })
    expect(made.status).toBe(201)
    return made.body.id as string
  }
  const heard = (path: string, status: number) => expect.poll(async () => (await ask(path))[0]).toBe(status)

  it('an object is there for who is related to it, directly or by a group, and for nobody else', async () => {
    expect(await ask('/documents/42')).toEqual([404, 'OBJECT_NOT_FOUND'])
    expect(await ask('/told/42')).toEqual([403, 'OBJECT_FORBIDDEN'])
    const own = { object: 'document:42', relation: 'viewer', subject: `service:${caller.owner}` }
    await tuples({ write: [own] })
    expect(await ask('/documents/42')).toEqual([200, null])
    expect(await ask('/documents/43')).toEqual([404, 'OBJECT_NOT_FOUND'])
    await tuples({ remove: [own] })
    expect(await ask('/documents/42')).toEqual([404, 'OBJECT_NOT_FOUND'])
    const group = { object: 'group:eng', relation: 'member', subject: `service:${caller.owner}` }
    await tuples({ write: [group, { object: 'document:42', relation: 'viewer', subject: 'group:eng#member' }] })
    expect(await ask('/told/42')).toEqual([200, null])
    const service = (await control.call(admin, 'POST', '/v1/services', { name: 'other' })).body
    const other = await control.keyWith([], { owner: { kind: 'service', id: service.id } })
    expect(await ask('/told/42', other.key)).toEqual([403, 'OBJECT_FORBIDDEN'])
  })

  it('an object that the query names twice, or not at all, is nobody’s', async () => {
    const own = { object: 'document:7', relation: 'viewer', subject: `service:${caller.owner}` }
    await tuples({ write: [own] })
    expect(await ask('/search?document=7')).toEqual([200, null])
    expect(await ask('/search?document=7&document=8')).toEqual([404, 'OBJECT_NOT_FOUND'])
    expect(await ask('/search')).toEqual([404, 'OBJECT_NOT_FOUND'])
    expect(await ask('/search?document=')).toEqual([404, 'OBJECT_NOT_FOUND'])
  })

  it('a relation that the model does not have lets nobody through', async () => {
    expect(await ask('/unknown/7')).toEqual([404, 'OBJECT_NOT_FOUND'])
  })

  it('a policy may ask what class of key was shown', async () => {
    const low = await control.keyWith(['order:read'])
    const medium = await control.keyWith(['order:read'], { classification: 'MEDIUM' })
    await policy('forbid (principal, action, resource == Order::"7") when { context.keyClassification == "LOW" };')
    await expect.poll(() => ask('/orders/7', low.key)).toEqual([403, 'DECISION_DENIED'])
    expect(await ask('/orders/7', medium.key)).toEqual([200, null])
  })

  it('a policy lets through what it permits, a permission too, and what is forbidden is forbidden for all', async () => {
    expect(await ask('/orders/42')).toEqual([403, 'DECISION_DENIED'])
    const holder = await control.keyWith(['order:read'])
    expect(await ask('/orders/42', holder.key)).toEqual([200, null])
    await policy(`permit (principal == Service::"${caller.owner}", action == Action::"read", resource == Order::"42");`)
    await heard('/orders/42', 200)
    expect(await ask('/orders/43')).toEqual([403, 'DECISION_DENIED'])
    await policy('forbid (principal, action, resource is Order) when { context.method == "GET" };')
    await heard('/orders/42', 403)
    expect(await ask('/orders/42', holder.key)).toEqual([403, 'DECISION_DENIED'])
  })

  it('without a name the type as a whole is asked about, and who may not is told what the route says', async () => {
    const holder = await control.keyWith(['order:list:42'])
    expect(await ask('/orders', holder.key)).toEqual([404, 'OBJECT_NOT_FOUND'])
    expect(await ask('/orders')).toEqual([404, 'OBJECT_NOT_FOUND'])
  })
})
