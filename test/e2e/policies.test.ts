import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { eventually } from '../support/sallyport.ts'

const PERMIT = 'permit (principal in Role::"editor", action == Action::"update", resource is Order);'
const editor = { type: 'user', id: 'ada', roles: ['editor'] }
const order = { type: 'order', id: '42' }
const example = (name: string, expect: string, principal: object = editor) => ({
  name,
  principal,
  action: 'update',
  resource: order,
  expect,
})

describe.each(backends)('policies on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let control: Control
  let admin: string

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { env: { SALLYPORT_ACCESS_RECORD_ALLOW_ONE_IN: '1' } })
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    const items = [{ type: 'user', id: 'ada', roles: ['editor'] }]
    await control.call(admin, 'PUT', '/v1/entities', { items })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  let count = 0
  const nameOf = () => `policy-${++count}`
  const call = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    control.call(admin, method, path, body, headers)
  const make = async (body: object = {}) =>
    (await call('POST', '/v1/policies', { name: nameOf(), text: PERMIT, ...body })).body
  const asked = { subject: { type: 'user', id: 'ada' }, action: { name: 'update' }, resource: order }
  const decide = async (to = control) => (await to.call(admin, 'POST', '/access/v1/evaluation', asked)).body.decision
  const removeAll = async () => {
    const { items } = (await call('GET', '/v1/policies?limit=100')).body
    for (const { id } of items) await call('DELETE', `/v1/policies/${id}`)
  }

  it('decide from the moment they are made until they are disabled or deleted', async () => {
    expect(await decide()).toBe(false)
    const { id, version } = await make()
    expect(version).toBe(1)
    expect(await decide()).toBe(true)
    const forbidding = await make({ text: 'forbid (principal, action, resource == Order::"42");' })
    expect(await decide()).toBe(false)
    expect((await call('PATCH', `/v1/policies/${forbidding.id}`, { enabled: false })).body.version).toBe(2)
    expect(await decide()).toBe(true)
    expect((await call('DELETE', `/v1/policies/${id}`)).status).toBe(204)
    expect(await decide()).toBe(false)
    expect((await call('GET', `/v1/policies/${id}`)).body.code).toBe('POLICY_UNKNOWN')
  })

  it('are listed newest first, and belong to one organization', async () => {
    const [older, newer] = [await make(), await make()]
    const { items } = (await call('GET', '/v1/policies?limit=2')).body
    expect(items.map(({ id }: { id: string }) => id)).toEqual([newer.id, older.id])
    const made = await call('POST', '/v1/organizations', { name: `other ${control.url}`, slug: 'other' })
    if (made.status !== 201) return
    const other = await control.keyWith(['*'], { scopes: ['*'], organization: made.body.id }).catch(() => null)
    if (other !== null) expect((await control.call(other.key, 'GET', `/v1/policies/${newer.id}`)).status).toBe(404)
  })

  it('have one name each', async () => {
    const { name, id } = await make()
    const again = await call('POST', '/v1/policies', { name, text: PERMIT })
    expect([again.status, again.body.code]).toEqual([409, 'POLICY_NAME_TAKEN'])
    const other = await make()
    expect((await call('PATCH', `/v1/policies/${other.id}`, { name })).body.code).toBe('POLICY_NAME_TAKEN')
    expect((await call('PATCH', `/v1/policies/${id}`, { name })).status).toBe(200)
  })

  it('are made once for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': `key-${nameOf()}` }
    const body = { name: nameOf(), text: PERMIT }
    const made = await Promise.all(Array.from({ length: 8 }, () => call('POST', '/v1/policies', body, headers)))
    expect(new Set(made.map(({ body: { id } }) => id)).size).toBe(1)
    expect(made.filter(({ status }) => status === 201)).toHaveLength(1)
    const other = await call('POST', '/v1/policies', { ...body, name: nameOf() }, headers)
    expect(other.body.code).toBe('IDEMPOTENCY_KEY_REUSED')
  })

  it('are changed at the version that was read, also by many at once', async () => {
    const { id } = await make()
    const stale = await call('PATCH', `/v1/policies/${id}`, { enabled: false }, { 'if-match': '"7"' })
    expect([stale.status, stale.body.code]).toEqual([412, 'VERSION_STALE'])
    const headers = { 'if-match': '"1"' }
    const changes = ['a', 'b', 'c', 'd'].map((description) =>
      call('PATCH', `/v1/policies/${id}`, { description }, headers),
    )
    const statuses = (await Promise.all(changes)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(3)
  })

  it.each([
    ['no policy', 'permit everything'],
    ['no text', ''],
    ['two policies', `${PERMIT}\n${PERMIT}`],
    ['a template', 'permit (principal == ?principal, action, resource);'],
    ['brackets without end', `permit (principal, action, resource) when { ${'('.repeat(5000)}`],
  ])('are refused where the text is %s', async (_what, text) => {
    const { status, body } = await call('POST', '/v1/policies', { name: nameOf(), text })
    expect([status, body.code]).toEqual(text === '' ? [400, 'INPUT_INVALID'] : [422, 'POLICY_INVALID'])
    expect(body.errors.length).toBeGreaterThan(0)
  })

  it('are asked their examples on every save, and nothing is saved where one is answered otherwise', async () => {
    await removeAll()
    const examples = [example('an editor', 'allow'), example('another', 'none', { type: 'user', id: 'bob' })]
    const { id } = await make({ examples })
    const wrong = await call('PATCH', `/v1/policies/${id}`, { text: PERMIT.replace('"editor"', '"writer"') })
    expect([wrong.status, wrong.body.code]).toEqual([422, 'POLICY_EXAMPLE_FAILED'])
    expect(wrong.body.errors[0].message).toContain('"an editor": expected allow, but it is none')
    // What another policy changes counts as well.
    const forbidding = await call('POST', '/v1/policies', {
      name: nameOf(),
      text: 'forbid (principal, action, resource);',
    })
    expect(forbidding.body.code).toBe('POLICY_EXAMPLE_FAILED')
    expect((await call('GET', `/v1/policies/${id}`)).body).toMatchObject({ text: PERMIT, version: 1 })
    await call('DELETE', `/v1/policies/${id}`)
  })

  it('remember what they said, and say it again', async () => {
    const { id, name } = await make()
    await call('PATCH', `/v1/policies/${id}`, { text: PERMIT.replace('update', 'delete'), description: 'other' })
    const { items } = (await call('GET', `/v1/policies/${id}/versions`)).body
    expect(items.map(({ version }: { version: number }) => version)).toEqual([2, 1])
    const back = await call('POST', `/v1/policies/${id}/roll-back`, { version: 1 })
    expect(back.body).toMatchObject({ name, text: PERMIT, description: '', version: 3 })
    const unknown = await call('POST', `/v1/policies/${id}/roll-back`, { version: 9 })
    expect([unknown.status, unknown.body.code]).toEqual([404, 'POLICY_VERSION_UNKNOWN'])
  })

  it('are held against a schema, generated from our entities and extended', async () => {
    await removeAll()
    const schema = '/v1/policies/schema'
    const before = (await call('GET', schema)).body
    expect(before.added).toBeNull()
    expect(before.whole).toContain('entity User in [Role]')
    const added =
      'entity Order { "total": Long, "id": String };\naction update appliesTo { principal: [User], resource: [Order], context: Context };'
    const put = await call('PUT', schema, { added })
    expect([put.status, put.body.errors]).toEqual([200, undefined])
    const typo = await call('POST', '/v1/policies', {
      name: nameOf(),
      text: `${PERMIT.slice(0, -1)} when { resource.totl > 5 };`,
    })
    expect([typo.status, typo.body.code]).toEqual([422, 'POLICY_INVALID'])
    expect(typo.body.errors[0].message).toContain('totl')
    await make({ text: `${PERMIT.slice(0, -1)} when { resource.total > 5 };` })
    const narrower = await call('PUT', schema, { added: added.replace('"total"', '"sum"') })
    expect(narrower.body.code).toBe('POLICY_INVALID')
    expect((await call('PUT', schema, { added: 'entity {' })).body.code).toBe('POLICY_INVALID')
    expect((await call('PUT', schema, { added: null }, { 'if-match': '"1"' })).status).toBe(412)
    expect((await call('PUT', schema, { added: null })).status).toBe(200)
    await removeAll()
  })

  it('are tried against what was asked before, and nothing is saved', async () => {
    await removeAll()
    const ask = (id: string, name: string) =>
      control.call(admin, 'POST', '/access/v1/evaluation', {
        ...asked,
        subject: { type: 'user', id },
        action: { name },
      })
    for (const id of ['ada', 'bob', 'cleo']) await ask(id, 'update')
    await ask('ada', 'read')
    const { body } = await call('POST', '/v1/policies/dry-run', { policy: { text: PERMIT } })
    expect(body.asked).toBeGreaterThanOrEqual(4)
    expect(body.changed).toBeGreaterThanOrEqual(1)
    expect(body.examples[0]).toMatchObject({
      principal: 'user:ada',
      action: 'update',
      allowedNow: false,
      allowedThen: true,
    })
    expect(body.examples.every(({ principal }: { principal: string }) => principal === 'user:ada')).toBe(true)
    expect((await call('GET', '/v1/policies')).body.items).toEqual([])
    const { id } = await make()
    const without = await call('POST', '/v1/policies/dry-run', { id, remove: true })
    expect(without.body.changed).toBe(body.changed)
    const same = await call('POST', '/v1/policies/dry-run', { id, policy: { description: 'more' } })
    expect(same.body.changed).toBe(0)
    expect((await call('POST', '/v1/policies/dry-run', { policy: { text: 'permit' } })).body.code).toBe(
      'POLICY_INVALID',
    )
    expect((await call('POST', '/v1/policies/dry-run', {})).status).toBe(400)
  })

  it('that fail deny, whatever else allows', async () => {
    await removeAll()
    await make()
    await make({ text: 'forbid (principal, action, resource is Order) when { resource.total > 5 };' })
    expect(await decide()).toBe(false)
    const { body } = await call('POST', '/v1/access/explain', asked)
    expect(body).toMatchObject({ allowed: false, decidedBy: 'policy' })
    expect(body.because[0]).toContain('total')
    await removeAll()
  })

  it('that change on one node decide on the other within a second', async () => {
    const other = await openControl(world)
    try {
      await removeAll()
      expect(await decide(other)).toBe(false)
      const { id } = await make()
      expect(await eventually(() => decide(other), 1000)).toBe(true)
      await call('PATCH', `/v1/policies/${id}`, { enabled: false })
      expect(await eventually(async () => !(await decide(other)), 1000)).toBe(true)
    } finally {
      await other.stop()
    }
  })

  it('are for those who may: others neither see nor change them', async () => {
    const { id } = await make()
    const reader = (await control.keyWith(['policies:read'])).key
    expect((await control.call(reader, 'GET', `/v1/policies/${id}`)).status).toBe(200)
    expect((await control.call(reader, 'DELETE', `/v1/policies/${id}`)).status).toBe(403)
    expect((await control.call(reader, 'PUT', '/v1/entities', { items: [{ type: 'user', id: 'x' }] })).status).toBe(403)
    const nobody = (await control.keyWith(['orders:read'])).key
    expect((await control.call(nobody, 'GET', '/v1/policies')).status).toBe(403)
  })

  it('leave an Event of every change', async () => {
    const { id, name } = await make()
    await call('PATCH', `/v1/policies/${id}`, { description: 'told' })
    await call('DELETE', `/v1/policies/${id}`)
    for (const type of ['policy.created', 'policy.updated', 'policy.deleted']) {
      const { items } = (await call('GET', `/v1/audit/events?type=${type}&limit=1`)).body
      expect(items[0]).toMatchObject({ type, resource: id, details: { name } })
    }
  })

  it('know entities that others look after, until they are forgotten', async () => {
    const put = (items: object[]) => call('PUT', '/v1/entities', { items })
    await put([
      { type: 'thing', id: 'a', properties: { size: 1 } },
      { type: 'thing', id: 'b/c@d' },
    ])
    const { items } = (await call('GET', '/v1/entities?type=thing')).body
    expect(items.map(({ id }: { id: string }) => id)).toEqual(['b/c@d', 'a'])
    expect((await call('DELETE', '/v1/entities?type=thing&id=b%2Fc%40d')).status).toBe(204)
    expect((await call('GET', '/v1/entities?type=thing')).body.items).toHaveLength(1)
    for (const bad of [
      { type: 'a b', id: 'x' },
      { type: 'a', id: '' },
      { type: 'a', id: 'x y' },
      { type: 'a', id: 'x', more: 1 },
    ]) {
      expect((await put([bad])).status).toBe(400)
    }
  })
})
