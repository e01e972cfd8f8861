import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sallyport } from '../../src/index.ts'
import { sallyport } from '../../src/node.ts'
import { backends, type World } from '../support/backends.ts'
import type { Control } from '../support/control.ts'
import { ask, askPatiently, type Door, embedded, openDoors, openGuarded } from '../support/doors.ts'

const MODEL = {
  types: {
    service: {},
    group: { relations: { member: { direct: ['service'] } } },
    document: { relations: { viewer: { direct: ['service', 'group#member'] } } },
  },
}

describe.each(backends)('relations and policies inside an application on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let guarded: Awaited<ReturnType<typeof openGuarded>>
  let control: Control
  let inside: Sallyport
  let admin: string
  let caller: { key: string; owner: string }
  let doors: readonly Door[] = []

  beforeAll(async () => {
    world = await open()
    guarded = await openGuarded(world)
    control = guarded.control
    inside = await embedded(control)
    const { key } = await control.keyWith(['keys:verify', 'access:evaluate'])
    doors = [
      guarded.gateway,
      ...(await openDoors('embedded', { embedded: inside })),
      ...(await openDoors('remote', { url: control.url, key, trustedProxies: ['127.0.0.0/8'] })),
    ]
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    caller = await control.keyWith([])
    await control.call(admin, 'PUT', '/v1/relations/model', MODEL)
  })

  afterAll(async () => {
    await Promise.all(doors.map((door) => door.close()))
    await inside?.stop()
    await guarded?.close()
    await world?.close()
  })

  /** Status and code of one question at every door. */
  async function heard(path: string, key = caller.key): Promise<readonly (readonly [number, string | null])[]> {
    const answers = doors.map((door) =>
      askPatiently(door, { path, headers: ['x-api-key', key, 'x-request-id', 'request-one'] }),
    )
    const wires = await Promise.all(answers)
    // Whoever is refused is refused with the same words everywhere.
    if (wires.every(({ status }) => status >= 400)) expect(new Set(wires.map(({ body }) => body)).size).toBe(1)
    return wires.map(({ status, body }) => [status, status === 200 ? null : JSON.parse(body).code] as const)
  }
  const everywhere = (status: number, code: string | null = null) => doors.map(() => [status, code])
  const expectAll = async (path: string, status: number, code: string | null = null, key = caller.key) =>
    expect.poll(() => heard(path, key), { timeout: 5_000 }).toEqual(everywhere(status, code))
  const tuples = (change: object) => control.call(admin, 'POST', '/v1/relations', change)
  const policy = async (text: string) => {
    const made = await control.call(admin, 'POST', '/v1/policies', { name: `policy-${text.length}`, text })
    expect(made.status).toBe(201)
  }

  it('an object is there for who is related to it, directly or by a group, and for nobody else', async () => {
    expect(await heard('/documents/42')).toEqual(everywhere(404, 'OBJECT_NOT_FOUND'))
    expect(await heard('/told/42')).toEqual(everywhere(403, 'OBJECT_FORBIDDEN'))
    const own = { object: 'document:42', relation: 'viewer', subject: `service:${caller.owner}` }
    await tuples({ write: [own] })
    expect(await heard('/documents/42')).toEqual(everywhere(200))
    expect(await heard('/documents/4%32')).toEqual(everywhere(200))
    expect(await heard('/documents/43')).toEqual(everywhere(404, 'OBJECT_NOT_FOUND'))
    await tuples({ remove: [own] })
    expect(await heard('/documents/42')).toEqual(everywhere(404, 'OBJECT_NOT_FOUND'))
    const group = { object: 'group:eng', relation: 'member', subject: `service:${caller.owner}` }
    await tuples({ write: [group, { object: 'document:42', relation: 'viewer', subject: 'group:eng#member' }] })
    expect(await heard('/told/42')).toEqual(everywhere(200))
  })

  it('an object that the query names twice, or not at all, is nobody’s', async () => {
    await tuples({ write: [{ object: 'document:7', relation: 'viewer', subject: `service:${caller.owner}` }] })
    expect(await heard('/search?document=7')).toEqual(everywhere(200))
    for (const query of ['?document=7&document=8', '?document=7&document=7', '', '?document=', '?Document=7']) {
      expect(await heard(`/search${query}`)).toEqual(everywhere(404, 'OBJECT_NOT_FOUND'))
    }
  })

  it('a relation that the model does not have lets nobody through', async () => {
    expect(await heard('/unknown/7')).toEqual(everywhere(404, 'OBJECT_NOT_FOUND'))
  })

  it('a policy lets through what it permits, a permission too, and what is forbidden is forbidden for all', async () => {
    expect(await heard('/orders/42')).toEqual(everywhere(403, 'DECISION_DENIED'))
    const holder = await control.keyWith(['order:read'])
    expect(await heard('/orders/42', holder.key)).toEqual(everywhere(200))
    await policy(`permit (principal == Service::"${caller.owner}", action == Action::"read", resource == Order::"42");`)
    await expectAll('/orders/42', 200)
    expect(await heard('/orders/43')).toEqual(everywhere(403, 'DECISION_DENIED'))
    await policy('forbid (principal, action, resource is Order) when { context.path == "/orders/42" };')
    await expectAll('/orders/42', 403, 'DECISION_DENIED')
    expect(await heard('/orders/42', holder.key)).toEqual(everywhere(403, 'DECISION_DENIED'))
    expect(await heard('/orders/43', holder.key)).toEqual(everywhere(200))
  })

  it('a key that carries less than whoever it belongs to holds is asked about as it is', async () => {
    const service = await control.call(admin, 'POST', '/v1/services', { name: 'both', permissions: ['order:read'] })
    const owner = { owner: { kind: 'service', id: service.body.id } }
    expect(await heard('/orders/9', (await control.keyWith(['order:read'], owner)).key)).toEqual(everywhere(200))
    expect(await heard('/orders/9', (await control.keyWith([], owner)).key)).toEqual(everywhere(403, 'DECISION_DENIED'))
  })

  it('without a name the type as a whole is asked about', async () => {
    const one = await control.keyWith(['order:list:42'])
    expect(await heard('/orders', one.key)).toEqual(everywhere(404, 'OBJECT_NOT_FOUND'))
    const all = await control.keyWith(['order:list'])
    expect(await heard('/orders', all.key)).toEqual(everywhere(200))
  })

  it('why somebody was refused stands in the event of the request, in the same words for every door', async () => {
    const { id, key } = await control.keyWith([])
    await heard('/told/99', key)
    await heard('/orders/99', key)
    type Denied = { code: string; resource: string; details: { stage: string; reason: string } }
    const denied = async () => {
      const query = `credential=${id}&type=request.denied&limit=100`
      const { items } = (await control.call(admin, 'GET', `/v1/audit/events?${query}`)).body as { items: Denied[] }
      return items
        .map(({ code, resource, details }) => `${resource} ${code} ${details.stage}: ${details.reason}`)
        .sort()
    }
    await expect
      .poll(denied, { timeout: 5_000 })
      .toEqual([
        ...doors.map(() => '/orders/99 DECISION_DENIED access: nothing allows it'),
        ...doors.map(() => '/told/99 OBJECT_FORBIDDEN access: not viewer of it'),
      ])
  })

  it('somebody of another organization is let through to nothing by the key of this one', async () => {
    const { key } = await control.keyWith(['access:evaluate'])
    const principal = { kind: 'service', id: 'svc_x', organization: 'org_other', permissions: ['*'], acr: null }
    const request = { method: 'GET', path: '/orders/1', ip: '192.0.2.7' }
    const asked = { policy: { action: 'read', type: 'order', whole: false }, id: '1', principal, request }
    const ours = { ...asked, principal: { ...principal, organization: 'org_default' } }
    const call = (body: object) => control.call(key, 'POST', '/v1/access/guards', body)
    expect((await call(ours)).body).toEqual({ allowed: true, reason: null })
    expect((await call(asked)).body).toEqual({ allowed: false, reason: 'somebody of another organization' })
    const relation = { relation: 'viewer', type: 'document' }
    for (const wrong of [
      { ...ours, relation },
      { ...ours, policy: undefined },
      { ...ours, request: { ...request, ip: 'nowhere' } },
      { ...ours, principal: { ...principal, kind: 'operator' } },
    ]) {
      expect([(await call(wrong)).status, (await call(wrong)).body.code]).toEqual([400, 'INPUT_INVALID'])
    }
  })

  it('a key that may not ask lets nobody through, and says so to who runs the application', async () => {
    const { key } = await control.keyWith(['keys:verify'])
    const troubles: string[] = []
    const [door] = await openDoors('remote', {
      url: control.url,
      key,
      onError: (error) => troubles.push(String(error)),
    })
    const answer = await ask(door as Door, { path: '/documents/42', headers: ['x-api-key', caller.key] })
    expect([answer.status, answer.headers['retry-after'], JSON.parse(answer.body).code]).toEqual([
      503,
      '5',
      'GUARD_UNAVAILABLE',
    ])
    expect(troubles).toEqual(['Error: POST /v1/access/guards was answered with 403'])
    await door?.close()
  })
})

describe('a rule that could not be asked', () => {
  const gate = sallyport({ url: 'http://127.0.0.1:9', key: 'sp_test_0123456789', onError: () => undefined })
  afterAll(() => gate.close())

  const viewer = { relation: 'viewer', type: 'document' } as const
  it.each([
    ['a relation without a name', () => gate.requireRelation({ ...viewer } as never), 'name must be the parameter'],
    [
      'a relation that is none',
      () => gate.requireRelation({ ...viewer, relation: 'a b', name: 'id', path: '/{id}' }),
      'relation must',
    ],
    ['a type that is none', () => gate.requirePolicy({ action: 'read', type: '' }), 'type must be a name'],
    [
      'a place that is none',
      () => gate.requirePolicy({ action: 'read', type: 'a', name: 'b', from: 'body' as never, path: '/{b}' }),
      'from',
    ],
    ['a place of nothing', () => gate.requirePolicy({ action: 'read', type: 'a', from: 'query' }), 'without a name'],
    [
      'an answer that is none',
      () => gate.requirePolicy({ action: 'read', type: 'a', otherwise: 404 as never }),
      '"404"',
    ],
    ['a path that nobody reads', () => gate.requireRelation({ ...viewer, name: 'id' }), 'path must say where'],
    ['a path of other names', () => gate.requireRelation({ ...viewer, name: 'id', path: '/a/{b}' }), 'path must say'],
  ])('%s is refused when it is made', (_, make, sentence) => {
    expect(make).toThrow(sentence)
  })
})
