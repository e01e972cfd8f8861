import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace, type Place } from '../support/sallyport.ts'
import { tenantOf } from '../support/tenants.ts'

const MODEL = {
  types: {
    user: {},
    group: { relations: { member: { direct: ['user', 'group#member'] } } },
    document: {
      relations: {
        owner: { direct: ['user'] },
        viewer: { anyOf: [{ direct: ['user', 'group#member', 'user:*'] }, { relation: 'owner' }] },
      },
    },
  },
}

const tuple = (object: string, relation: string, subject: string) => ({ object, relation, subject })

describe.each(backends)('relations over HTTP on $name', ({ open }) => {
  let world: World
  let control: Control
  let key: string

  beforeAll(async () => {
    world = await open()
    control = await openControl(world)
    key = (await control.keyWith(['relations:*'])).key
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    control.call(key, method, path, body, headers)
  const codeOf = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await call(method, path, body, headers)
    return [answer.status, answer.body.code]
  }

  it('there is no answer before there is a model, which is put by its version', async () => {
    const question = tuple('document:1', 'viewer', 'user:ada')
    expect(await codeOf('POST', '/v1/relations/check', question)).toEqual([404, 'RELATION_MODEL_MISSING'])
    expect(await codeOf('GET', '/v1/relations/model')).toEqual([404, 'RELATION_MODEL_MISSING'])
    expect(await codeOf('PUT', '/v1/relations/model', MODEL, { 'if-match': '"3"' })).toEqual([412, 'VERSION_STALE'])
    const put = await call('PUT', '/v1/relations/model', MODEL, { 'if-match': '"0"' })
    expect([put.status, put.headers.get('etag'), put.body.version]).toEqual([200, '"1"', 1])
    expect(await codeOf('PUT', '/v1/relations/model', MODEL, { 'if-match': '"0"' })).toEqual([412, 'VERSION_STALE'])
    expect((await call('GET', '/v1/relations/model')).body).toMatchObject({ ...MODEL, version: 1 })
  })

  it('a model that cannot work is refused, and the one before it still holds', async () => {
    const twisted = { types: { user: {}, document: { relations: { viewer: { relation: 'viewer' } } } } }
    const answer = await call('PUT', '/v1/relations/model', twisted)
    expect([answer.status, answer.body.code]).toEqual([400, 'RELATION_MODEL_INVALID'])
    expect(answer.body.errors).toEqual([
      { path: 'types.document.relations.viewer', message: 'comes back to itself and to nothing else' },
    ])
    expect((await call('PUT', '/v1/relations/model', '{"types":{"__proto__":{}}}')).status).toBe(400)
    expect((await call('GET', '/v1/relations/model')).body.version).toBe(1)
  })

  it('a batch is written, and its token makes the next questions see it', async () => {
    const written = await call('POST', '/v1/relations', {
      write: [
        tuple('group:eng', 'member', 'user:ada'),
        tuple('document:1', 'viewer', 'group:eng#member'),
        tuple('document:2', 'owner', 'user:ada'),
        tuple('document:3', 'viewer', 'user:*'),
      ],
    })
    expect(written.body).toMatchObject({ written: 4, removed: 0 })
    const { token } = written.body
    const asked = { ...tuple('document:1', 'viewer', 'user:ada'), token }
    expect((await call('POST', '/v1/relations/check', asked)).body).toEqual({ allowed: true, token })
    const other = tuple('document:1', 'viewer', 'user:bob')
    expect((await call('POST', '/v1/relations/check', other)).body.allowed).toBe(false)
    const objects = { type: 'document', relation: 'viewer', subject: 'user:ada', limit: 2 }
    const first = await call('POST', '/v1/relations/objects', objects)
    expect(first.body.items).toEqual(['document:1', 'document:2'])
    const next = await call('POST', '/v1/relations/objects', { ...objects, cursor: first.body.nextCursor })
    expect(next.body).toMatchObject({ items: ['document:3'], nextCursor: null })
    const subjects = { object: 'document:1', relation: 'viewer', type: 'user' }
    expect((await call('POST', '/v1/relations/subjects', subjects)).body.items).toEqual(['user:ada'])
    const usersets = { ...subjects, type: 'group', subjectRelation: 'member' }
    expect((await call('POST', '/v1/relations/subjects', usersets)).body.items).toEqual(['group:eng#member'])
    const expanded = await call('POST', '/v1/relations/expand', { object: 'document:1', relation: 'viewer' })
    expect(JSON.stringify(expanded.body.tree)).toContain('group:eng#member')
  })

  it('tuples are listed by filter and page, in the order of their objects', async () => {
    const all: unknown[] = []
    for (let cursor = ''; ; ) {
      const page = await call('GET', `/v1/relations?limit=2${cursor}`)
      all.push(...page.body.items.map((it: { object: string }) => it.object))
      if (page.body.nextCursor === null) break
      cursor = `&cursor=${page.body.nextCursor}`
    }
    expect(all).toEqual(['document:1', 'document:2', 'document:3', 'group:eng'])
    const ofAda = await call('GET', '/v1/relations?subject=user:ada&objectType=document')
    expect(ofAda.body.items).toEqual([{ ...tuple('document:2', 'owner', 'user:ada'), expiresAt: null }])
    expect(await codeOf('GET', '/v1/relations?cursor=bm9wZQ')).toEqual([400, 'CURSOR_INVALID'])
    expect(await codeOf('GET', '/v1/relations?object=nothing')).toEqual([400, 'INPUT_INVALID'])
  })

  it('a decision takes them into account: a relation called like the action allows', async () => {
    const { check } = control.serving.system.decisions
    const principal = { type: 'user', id: 'ada', roles: [], permissions: [], properties: {} }
    const decision = await check.judge('org_default', {
      principal,
      action: 'viewer',
      resource: { type: 'document', id: '1', properties: {} },
      context: {},
    })
    expect(decision).toMatchObject({ allowed: true, decidedBy: 'relation' })
  })

  it('what is malformed is refused with its place, and nothing of the batch is written', async () => {
    const answer = await call('POST', '/v1/relations', {
      write: [tuple('document:9', 'viewer', 'user:ok'), tuple('document:9', 'viewer', 'user:a@b')],
    })
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'write.1.subject'])
    const wrong: unknown[] = [
      {},
      { write: 'all' },
      { write: [{}] },
      { write: [tuple('document:9', 'vie wer', 'user:ada')] },
      { write: [{ ...tuple('document:9', 'viewer', 'user:ada'), expiresAt: 'tomorrow' }] },
      { write: [{ ...tuple('document:9', 'viewer', 'user:ada'), more: 1 }] },
      { write: Array.from({ length: 501 }, (_, i) => tuple(`document:${i}`, 'viewer', 'user:ada')) },
      { write: [tuple('document:9', 'viewer', 'user:e\u0301ve')] },
      { write: [tuple('image:9', 'viewer', 'user:ada')] },
    ]
    for (const body of wrong) expect((await call('POST', '/v1/relations', body)).status).toBe(400)
    expect((await call('GET', '/v1/relations?object=document:9')).body.items).toEqual([])
    const unknown = tuple('document:1', 'burn', 'user:ada')
    expect(await codeOf('POST', '/v1/relations/check', unknown)).toEqual([404, 'RELATION_UNKNOWN'])
    const token = { ...tuple('document:1', 'viewer', 'user:ada'), token: 'rev_1_AAAAAAAA' }
    expect(await codeOf('POST', '/v1/relations/check', token)).toEqual([400, 'RELATION_TOKEN_UNKNOWN'])
  })

  it('each needs its permission, and another organization sees nothing', async () => {
    const [reader, asker] = [await control.keyWith(['relations:read']), await control.keyWith(['relations:check'])]
    const write = { write: [tuple('document:1', 'viewer', 'user:eve')] }
    const question = tuple('document:1', 'viewer', 'user:ada')
    expect((await control.call(reader.key, 'POST', '/v1/relations', write)).status).toBe(403)
    expect((await control.call(reader.key, 'POST', '/v1/relations/check', question)).status).toBe(403)
    expect((await control.call(asker.key, 'GET', '/v1/relations')).status).toBe(403)
    expect((await control.call(asker.key, 'PUT', '/v1/relations/model', MODEL)).status).toBe(403)
    expect((await control.call(asker.key, 'POST', '/v1/relations/check', question)).body.allowed).toBe(true)
    expect((await control.call(null, 'POST', '/v1/relations/check', question)).status).toBe(401)
    const admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    const made = await control.call(admin, 'POST', '/v1/organizations', { name: 'Elsewhere' })
    expect(made.status).toBe(201)
    const other = tenantOf(control, made.body.id)
    const foreign = (await other.keyWith(['relations:*'])).key
    expect((await control.call(foreign, 'GET', '/v1/relations')).body.items).toEqual([])
    expect((await control.call(foreign, 'POST', '/v1/relations/check', question)).body.code).toBe(
      'RELATION_MODEL_MISSING',
    )
  })

  it('writes and a change of the model are told as events', async () => {
    const admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    await call('POST', '/v1/relations', { remove: [tuple('document:3', 'viewer', 'user:*')] })
    for (const type of ['relation.written', 'relation.removed', 'relation.model_changed']) {
      const { body } = await control.call(admin, 'GET', `/v1/audit/events?type=${type}`)
      expect(body.items[0]).toMatchObject({ type, resource: 'org_default' })
    }
  })
})

describe('relations on the command line', { timeout: 120_000 }, () => {
  let world: World
  let place: Place

  beforeAll(async () => {
    world = await (backends[0] as NonNullable<(typeof backends)[0]>).open()
    place = await openPlace(world)
  })
  afterAll(() => world?.close())

  it('a model is put from a file, tuples are written, asked for, listed and removed', async () => {
    const file = join(world.dataDir, 'model.json')
    await writeFile(file, JSON.stringify(MODEL))
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await place.command(['relations', ...args])
      return [code, (code === 2 ? stderr : stdout).trim()]
    }
    expect(await run('model', '--put', file)).toEqual([0, 'Version 1 of the model holds now.'])
    const [code, token] = await run('write', 'document:1', 'viewer', 'user:ada')
    expect(code).toBe(0)
    expect(await run('check', 'document:1', 'viewer', 'user:ada', '--token', String(token))).toEqual([0, 'yes'])
    expect(await run('check', 'document:1', 'viewer', 'user:bob')).toEqual([1, 'no'])
    expect(await run('objects', 'document', 'viewer', 'user:ada')).toEqual([0, 'document:1'])
    expect(await run('subjects', 'document:1', 'viewer', 'user')).toEqual([0, 'user:ada'])
    expect((await run('list', '--subject', 'user:ada'))[1]).toContain('document:1')
    expect((await run('expand', 'document:1', 'viewer'))[1]).toContain('user:ada')
    expect((await run('remove', 'document:1', 'viewer', 'user:ada'))[0]).toBe(0)
    expect(await run('check', 'document:1', 'viewer', 'user:ada')).toEqual([1, 'no'])
    await writeFile(file, '{')
    expect((await run('model', '--put', file))[0]).toBe(2)
  })
})
