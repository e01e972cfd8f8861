import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { eventually, openPlace, startUpstream } from '../support/sallyport.ts'

const hashOf = (text: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex') =>
  createHash('sha256').update(text).digest(encoding)
const foreignKey = () => `acme_${randomBytes(18).toString('base64url')}`

describe.each(backends)('importing keys of another system on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string

  beforeAll(async () => {
    world = await open()
    control = await openControl(world)
    admin = (await control.keyWith(['*'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const send = (keys: readonly object[], more: object = {}, as = admin) =>
    control.call(as, 'POST', '/v1/keys/import', { keys, ...more })
  const service = () => `svc-${randomUUID()}`
  const bring = async (key: object) => {
    const answer = await send([{ name: 'brought', service: service(), ...key }])
    expect(answer.body).toMatchObject({ imported: 1 })
    return answer.body.items[0] as { id: string; hint: string }
  }
  const verify = async (key: string, more: object = {}) =>
    (await control.call(admin, 'POST', '/v1/keys/verify', { key, ...more })).body
  const totalOf = async () => {
    const { items } = (await control.call(admin, 'GET', '/v1/audit/events?type=key.imported&limit=100')).body
    return items.length
  }
  const stored = async (id: string) => {
    const db = control.serving.system.store.tables<{ api_key_foreign: Record<string, unknown> }>()
    return db.selectFrom('api_key_foreign').selectAll().where('key_id', '=', id).executeTakeFirst()
  }

  it('by value: the client’s key works at once, with every property, and its text is kept nowhere', async () => {
    const key = foreignKey()
    const { id, hint } = await bring({ key, scopes: ['orders:read'], allowedIps: ['192.0.2.0/24'], tags: ['moved'] })
    expect(hint).toBe(`acme…${key.slice(-4)}`)
    expect(await verify(key, { ip: '192.0.2.7', scopes: ['orders:read'] })).toMatchObject({ valid: true, keyId: id })
    expect(await verify(key, { ip: '198.51.100.7' })).toMatchObject({ code: 'IP_NOT_ALLOWED' })
    expect(await verify(`${key}x`)).toMatchObject({ valid: false, keyId: null })
    const shown = await control.call(admin, 'GET', `/v1/keys/${id}`)
    expect(shown.body).toMatchObject({ format: 'foreign', status: 'active', tags: ['moved'] })
    const events = (await control.call(admin, 'GET', `/v1/audit/events?resource=${id}`)).body.items
    expect(events).toMatchObject([{ type: 'key.imported', details: { by: 'value' } }])
    expect(JSON.stringify([shown.body, events, await stored(id)])).not.toContain(key.slice(5, -4))
  })

  it.each(['hex', 'base64', 'base64url'] as const)(
    'by SHA-256 as %s: replaced by ours on first use',
    async (encoding) => {
      const key = foreignKey()
      const { id } = await bring({ hash: { algorithm: 'sha256', value: hashOf(key, encoding) } })
      expect(await stored(id)).toMatchObject({ kind: 'sha256', hash: hashOf(key), adopted_at: null })
      expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
      expect(await stored(id)).toMatchObject({ hash: null, prefix: null, cost: null, adopted_at: expect.anything() })
      expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
      expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
      expect(await verify(hashOf(key))).toMatchObject({ valid: false })
    },
  )

  it.each([
    ['2a', 4],
    ['2b', 5],
    ['2y', 4],
  ])('by bcrypt ($%s$, cost %i): found by how it begins, replaced by ours on first use', async (version, cost) => {
    const key = foreignKey()
    const value = (await bcrypt.hash(key, cost)).replace(/^\$2[ab]\$/, `$${version}$`)
    const { id, hint } = await bring({ prefix: key.slice(0, 10), hash: { algorithm: 'bcrypt', value } })
    expect(hint).toBe(`${key.slice(0, 10)}…`)
    expect(await verify(`${key.slice(0, -1)}!`)).toMatchObject({ valid: false, keyId: null })
    expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
    expect(await stored(id)).toMatchObject({ kind: 'bcrypt', hash: null, prefix: null, cost: null })
    expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
  })

  it('of keys that begin alike each is found', async () => {
    const start = `acme_${randomBytes(4).toString('hex')}`
    const keys = await Promise.all(
      [0, 1, 2, 3, 4].map(async () => {
        const key = `${start}${randomBytes(12).toString('hex')}`
        const value = await bcrypt.hash(key, 4)
        return { key, id: (await bring({ prefix: start, hash: { algorithm: 'bcrypt', value } })).id }
      }),
    )
    const value = await bcrypt.hash('one more that begins so', 4)
    const sixth = await send([{ name: 'x', service: service(), prefix: start, hash: { algorithm: 'bcrypt', value } }])
    expect(sixth.body).toMatchObject({ status: 400, errors: [{ path: 'keys.0.prefix' }] })
    for (const { key, id } of keys) expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
  })

  it('first used by fifty requests at once, a key has one proof afterwards, and all of them pass', async () => {
    const key = foreignKey()
    const value = await bcrypt.hash(key, 4)
    const { id } = await bring({ prefix: key.slice(0, 12), hash: { algorithm: 'bcrypt', value } })
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(key)))
    expect(answers.every(({ valid, keyId }) => valid && keyId === id)).toBe(true)
    expect(await stored(id)).toMatchObject({ hash: null })
  })

  it('a key of ours from another installation keeps its id and environment', async () => {
    const other = await (backends[0] as (typeof backends)[number]).open()
    const far = await openControl(other)
    try {
      const { key, id } = await far.keyWith([], { environment: 'int' })
      const wrong = await send([{ name: 'x', service: service(), key }])
      expect(wrong.body.errors).toMatchObject([{ path: 'keys.0.environment' }])
      expect(await bring({ key, environment: 'int' })).toMatchObject({ id, hint: expect.stringMatching(/^sp_int_/) })
      expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
    } finally {
      await far.stop()
      await other.close()
    }
  })

  it('is managed like any key: suspended, revoked, rotated into one of ours', async () => {
    const key = foreignKey()
    const { id } = await bring({ hash: { algorithm: 'sha256', value: hashOf(key) } })
    await control.call(admin, 'POST', `/v1/keys/${id}/suspend`)
    expect((await verify(key)).code).toBe('KEY_SUSPENDED')
    await control.call(admin, 'POST', `/v1/keys/${id}/resume`)
    const rotated = await control.call(admin, 'POST', `/v1/keys/${id}/rotate`, { graceSeconds: 3600 })
    expect(rotated.body).toMatchObject({ format: 'prefixed', key: expect.stringMatching(/^sp_live_/) })
    expect((await verify(key)).valid).toBe(true)
    await control.call(admin, 'DELETE', `/v1/keys/${id}`)
    expect((await verify(key)).code).toBe('KEY_REVOKED')
  })

  it('is revoked before its first use: then it never works', async () => {
    const key = foreignKey()
    const { id } = await bring({ hash: { algorithm: 'sha256', value: hashOf(key) } })
    await control.call(admin, 'DELETE', `/v1/keys/${id}`)
    expect((await verify(key)).code).toBe('KEY_REVOKED')
  })

  it('opens the control plane for its owner as any key does, and whoever proves nothing sees one answer', async () => {
    const key = foreignKey()
    await bring({ key, permissions: ['keys:read'] })
    expect((await control.call(key, 'GET', '/v1/keys')).status).toBe(200)
    const bcrypted = foreignKey()
    const value = await bcrypt.hash(bcrypted, 4)
    await bring({ prefix: bcrypted.slice(0, 10), hash: { algorithm: 'bcrypt', value } })
    const texts = [`${bcrypted}x`, foreignKey(), 'short', `sp_live_${'0'.repeat(73)}`, randomBytes(32).toString('hex')]
    for (const text of texts) {
      const { body, status } = await control.call(text, 'GET', '/v1/keys')
      expect({ status, body: { ...body, requestId: '' } }).toEqual({
        status: 401,
        body: expect.objectContaining({ code: 'KEY_INVALID', requestId: '' }),
      })
    }
  })

  it('that is here already is refused, or left out when told to, whichever way it was brought', async () => {
    const key = foreignKey()
    const hash = { algorithm: 'sha256', value: hashOf(key) }
    const { id } = await bring({ hash })
    const again = async (what: object, more: object = {}) => (await send([{ name: 'x', ...what }], more)).body
    const byBcrypt = { prefix: key.slice(0, 9), hash: { algorithm: 'bcrypt', value: await bcrypt.hash('zz', 4) } }
    expect(await again({ key })).toMatchObject({ status: 409, code: 'KEY_IMPORTED_ALREADY' })
    await verify(key)
    for (const what of [{ key }, { hash }]) {
      expect(await again(what)).toMatchObject({ status: 409, errors: [{ path: 'keys.0' }] })
      expect(await again(what, { existing: 'skip' })).toMatchObject({ skipped: 1, items: [{ result: 'skipped', id }] })
    }
    await bring(byBcrypt)
    expect(await again(byBcrypt)).toMatchObject({ status: 409 })
    const ours = await control.keyWith([], { format: 'hex' })
    expect(await again({ key: ours.key })).toMatchObject({ status: 409 })
    const twice = foreignKey()
    const both = [
      { name: 'x', service: service(), key: twice },
      { name: 'x', service: service(), key: twice },
    ]
    expect((await send(both)).body).toMatchObject({ status: 409, errors: [{ path: 'keys.1' }] })
    expect((await verify(twice)).valid).toBe(false)
  })

  it('of many imports that bring the same keys in another order, for other services, one succeeds', async () => {
    const keys = [foreignKey(), foreignKey(), foreignKey()]
    const imports = Array.from({ length: 8 }, (_, i) => {
      const wanted = keys.map((key) => ({ name: 'x', service: service(), key }))
      return send(i % 2 === 0 ? wanted : wanted.reverse())
    })
    const created = Array.from({ length: 8 }, () => control.call(admin, 'POST', '/v1/keys', { name: 'meanwhile' }))
    const answers = await Promise.all(imports)
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
    for (const answer of await Promise.all(created)) expect(answer.status).toBe(201)
    for (const key of keys) expect((await verify(key)).valid).toBe(true)
  })

  it('is found by another process within a second, also when that one refused the key just before', async () => {
    const other = await openControl(world)
    try {
      const key = foreignKey()
      const there = async () => (await other.call(admin, 'POST', '/v1/keys/verify', { key })).body
      expect((await there()).valid).toBe(false)
      const { id } = await bring({ hash: { algorithm: 'sha256', value: hashOf(key) } })
      expect(await eventually(async () => (await there()).keyId === id, 3000)).toBe(true)
      await control.call(admin, 'DELETE', `/v1/keys/${id}`)
      expect(await eventually(async () => (await there()).code === 'KEY_REVOKED', 3000)).toBe(true)
    } finally {
      await other.stop()
    }
  })

  it('of many imports of one key at once, one succeeds', async () => {
    const key = foreignKey()
    const name = service()
    const answers = await Promise.all(Array.from({ length: 8 }, () => send([{ name: 'x', service: name, key }])))
    expect(answers.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1)
    expect((await verify(key)).valid).toBe(true)
  })

  it('takes all or nothing, and says of each key what is wrong', async () => {
    const before = await totalOf()
    const good = foreignKey()
    const { status, body } = await send([
      { name: 'good', service: service(), key: good },
      { name: 'short', service: service(), key: 'abc' },
      { name: 'both', key: foreignKey(), hash: { algorithm: 'sha256', value: hashOf('x') } },
      { name: 'none' },
      { name: 'past', key: foreignKey(), expiresAt: '2020-01-01T00:00:00Z' },
    ])
    expect(status).toBe(400)
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'keys.1.key',
      'keys.2.key',
      'keys.3.key',
      'keys.4.expiresAt',
    ])
    expect((await verify(good)).valid).toBe(false)
    const stranger = await send([
      { name: 'good', service: service(), key: good },
      { name: 'x', key: foreignKey(), owner: { kind: 'service', id: 'svc_nothere' } },
    ])
    expect(stranger.body.errors).toMatchObject([{ path: 'keys.1.owner.id' }])
    expect((await verify(good)).valid).toBe(false)
    expect(await totalOf()).toBe(before)
  })

  it('says what would be without doing it', async () => {
    const key = foreignKey()
    const wanted = [{ name: 'x', service: service(), key }]
    const tried = await send(wanted, { dryRun: true })
    expect(tried).toMatchObject({ status: 200, body: { dryRun: true, imported: 1, items: [{ id: null }] } })
    expect((await verify(key)).valid).toBe(false)
    expect((await send(wanted)).status).toBe(201)
    expect((await send(wanted, { dryRun: true })).body).toMatchObject({ code: 'KEY_IMPORTED_ALREADY' })
  })

  it('holds the rules of creation: what the importer holds, and how many a service may have', async () => {
    const importer = await control.keyWith(['keys:import', 'orders:read'])
    const more = await send([{ name: 'x', key: foreignKey(), permissions: ['orders:write'] }], {}, importer.key)
    expect(more.body).toMatchObject({ status: 403, code: 'GRANT_EXCEEDED' })
    const mine = await send([{ name: 'x', key: foreignKey(), permissions: ['orders:read'] }], {}, importer.key)
    expect(mine.status).toBe(201)
    const registering = await send([{ name: 'x', service: service(), key: foreignKey() }], {}, importer.key)
    expect(registering.status).toBe(403)
    const reader = await control.keyWith(['keys:create'])
    expect((await send([{ name: 'x', key: foreignKey() }], {}, reader.key)).body.code).toBe('PERMISSION_MISSING')
    const crowded = service()
    const six = Array.from({ length: 6 }, () => ({
      name: 'x',
      service: crowded,
      classification: 'MEDIUM',
      key: foreignKey(),
    }))
    expect((await send(six)).body).toMatchObject({ code: 'KEY_LIMIT_REACHED', errors: [{ path: 'keys.5' }] })
  })

  it.each([
    [{ key: 'x'.repeat(15) }, 'key'],
    [{ key: 'aaaaaaaaaaaaaaaaaaaaaaaa' }, 'key'],
    [{ key: 'has a space in the middle' }, 'key'],
    [{ key: 'ümlaut-is-not-ascii-at-all' }, 'key'],
    [{ key: 'x'.repeat(513) }, 'key'],
    [{ key: `sp_live_${'0'.repeat(73)}` }, 'key'],
    [{ key: 'sp_test_something-of-others' }, 'key'],
    [{ key: 'a-key-that-is-fine-1234', prefix: 'a-key-th' }, 'prefix'],
    [{ hash: { algorithm: 'sha256', value: 'abc' } }, 'hash.value'],
    [{ hash: { algorithm: 'sha256', value: 'g'.repeat(64) } }, 'hash.value'],
    [{ hash: { algorithm: 'md5', value: 'a'.repeat(32) } }, 'hash.algorithm'],
    [{ hash: { algorithm: 'bcrypt', value: 'nonsense' }, prefix: 'acme_123' }, 'hash.value'],
    [{ hash: { algorithm: 'bcrypt', value: `$2b$15$${'a'.repeat(53)}` }, prefix: 'acme_123' }, 'hash.value'],
    [{ hash: { algorithm: 'bcrypt', value: `$2b$10$${'a'.repeat(53)}` } }, 'prefix'],
    [{ hash: { algorithm: 'bcrypt', value: `$2b$10$${'a'.repeat(53)}` }, prefix: 'short' }, 'prefix'],
    [{ key: 'a-key-that-is-fine-1234', format: 'hex' }, 'format'],
    [{ key: 'a-key-that-is-fine-1234', surprise: 1 }, 'surprise'],
    [{ key: 'a-key-that-is-fine-1234', service: 'a', owner: { kind: 'service', id: 'svc_1' } }, 'service'],
  ])('refuses %j naming %s, without repeating the key', async (what, path) => {
    const { status, body } = await send([{ name: 'x', ...what }])
    expect(status).toBe(400)
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(`keys.0.${path}`)
    if ('key' in what && what.key.length > 4) expect(JSON.stringify(body)).not.toContain(what.key)
  })

  it('takes a thousand keys in one request, and not one more', async () => {
    const keys = Array.from({ length: 1001 }, (_, i) => ({
      name: `bulk ${i}`,
      service: `bulk-${Math.floor(i / 10)}`,
      hash: { algorithm: 'sha256', value: hashOf(`bulk key number ${i}`) },
    }))
    expect((await send(keys)).status).toBe(400)
    const { status, body } = await send(keys.slice(0, 1000))
    expect({ status, imported: body.imported }).toEqual({ status: 201, imported: 1000 })
    expect((await send([])).status).toBe(400)
  }, 60_000)

  it('bounds what strangers can make it compute: guessing costs 503, keys that are known go on', async () => {
    const pending = foreignKey()
    const value = await bcrypt.hash(pending, 4)
    await bring({ prefix: pending.slice(0, 10), hash: { algorithm: 'bcrypt', value } })
    const warm = foreignKey()
    await bring({ key: warm })
    const codes = new Set<number>()
    for (let i = 0; i < 40; i++) {
      codes.add(
        (await control.call(`${pending.slice(0, 10)}${randomBytes(9).toString('hex')}`, 'GET', '/v1/keys')).status,
      )
    }
    expect(codes).toEqual(new Set([401, 503]))
    expect((await verify(warm)).valid).toBe(true)
    const sha = foreignKey()
    const { id } = await bring({ hash: { algorithm: 'sha256', value: hashOf(sha) } })
    expect(await verify(sha)).toMatchObject({ valid: true, keyId: id })
  })

  it('is in the description of the API, with examples', async () => {
    const { paths } = (await control.call(null, 'GET', '/openapi.json')).body
    expect(JSON.stringify(paths['/v1/keys/import'].post.requestBody)).toContain('bcrypt')
  })
})

const [sqlite] = backends

describe('keys import', () => {
  let world: World
  const run = async (name: string, content: string | Buffer, ...args: string[]) => {
    const place = await openPlace(world)
    const file = join(world.dataDir, name)
    await writeFile(file, content)
    return place.command(['keys', 'import', file, ...args])
  }
  const verify = async (key: string) => (await openPlace(world)).command(['keys', 'verify', key])

  beforeAll(async () => {
    world = await (sqlite as NonNullable<typeof sqlite>).open()
  })
  afterAll(() => world?.close())

  it('reads JSON Lines, says of each line what became of it, and the keys work', async () => {
    const keys = [foreignKey(), foreignKey()]
    const rows = keys.map((key, i) => JSON.stringify({ name: `n${i}`, service: 'a', key, scopes: ['orders:read'] }))
    const content = `${rows[0]}\n\n${rows[1]}\n`
    const tried = await run('keys.jsonl', content, '--dry-run')
    expect(tried).toMatchObject({ code: 0 })
    expect(tried.stdout).toContain('2 keys would be imported')
    expect(await verify(keys[0] as string)).toMatchObject({ code: 1 })
    const done = await run('keys.jsonl', content)
    expect(done.code).toBe(0)
    expect(done.stdout).toMatch(
      /line 1: imported: key_\w+ n0\nline 3: imported: key_\w+ n1\n2 keys imported, 0 left out/,
    )
    for (const key of keys) expect(await verify(key)).toMatchObject({ code: 0 })
    const again = await run('keys.jsonl', content)
    expect(again).toMatchObject({ code: 1 })
    expect(again.stderr).toContain('line 3')
    expect(again.stderr).toContain('Nothing was imported')
    const skipped = JSON.parse((await run('keys.jsonl', content, '--skip-existing', '--json')).stdout)
    expect(skipped).toMatchObject({ imported: 0, skipped: 2, lines: [{ line: 1 }, { line: 3 }] })
  }, 60_000)

  it('reads CSV with quotes, lists and hashes', async () => {
    const [one, two] = [foreignKey(), foreignKey()]
    const content = [
      'name,service,key,sha256,scopes,description',
      `"Billing, ""new""",b,${one},,orders:read orders:write,"two\nlines"`,
      `second,b,,${hashOf(two)},,`,
    ].join('\r\n')
    const done = await run('keys.csv', content)
    expect(done).toMatchObject({ code: 0 })
    expect(done.stdout).toContain('line 2: imported')
    expect(done.stdout).toContain('line 4: imported')
    expect(await verify(two)).toMatchObject({ code: 0 })
    const place = await openPlace(world)
    const { items } = (await place.json(['keys', 'list', '--text', 'Billing'])) as { items: object[] }
    expect(items).toMatchObject([{ name: 'Billing, "new"', scopes: ['orders:read', 'orders:write'] }])
  }, 60_000)

  it('takes files of several parts, tries all of it first, and mends nothing by itself', async () => {
    const row = (i: number) =>
      JSON.stringify({
        name: `many ${i}`,
        service: `m${Math.floor(i / 10)}`,
        hash: { algorithm: 'sha256', value: hashOf(`k${i}`) },
      })
    const rows = Array.from({ length: 1100 }, (_, i) => row(i))
    const broken = [...rows.slice(0, 1050), JSON.stringify({ name: 'x', key: 'short' }), ...rows.slice(1050)]
    const refused = await run('many.jsonl', broken.join('\n'))
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.stderr).toContain('line 1051, key')
    expect(refused.stderr).toContain('Nothing was imported')
    const done = JSON.parse((await run('many.jsonl', rows.join('\n'), '--json')).stdout)
    expect(done).toMatchObject({ imported: 1100, skipped: 0 })
  }, 60_000)

  it.each([
    ['a.jsonl', '{', 'line 1 is not JSON'],
    ['a.jsonl', '[]', 'line 1 is not an object'],
    ['a.jsonl', '\n', 'holds no keys'],
    ['a.csv', 'name,surprise\nx,y', '"surprise" is no column'],
    ['a.csv', 'name,key\nx', 'line 2 has 1 fields'],
    ['a.csv', 'name,key\n"x', 'line 2 is not CSV'],
    ['a.csv', 'name,key\nx"y,z', 'line 2 is not CSV'],
    ['a.jsonl', '{"name":"x","key":"secret-but-short"', 'line 1 is not JSON'],
    ['a.jsonl', '{"name":"x"}', 'line 1, key'],
    ['a.csv', 'name,key,name\nx,y,z', 'the column "name" is named twice'],
    ['a.csv', 'name,sha256,bcrypt\nx,y,z', 'line 2 has two hashes of one key'],
    ['a.jsonl', Buffer.from('{"name":"caf\xe9"}', 'latin1'), 'is not UTF-8'],
  ])(
    '%s with %j is refused in a sentence, with exit code 2, without repeating the key',
    async (name, content, words) => {
      const answer = await run(name, content)
      expect(answer.code).toBe(2)
      expect(answer.stderr).toContain(words)
      expect(answer.stderr).not.toContain('secret-but-short')
    },
  )

  it('lets a client go on with the key it has, at the gateway, which passes it on to nobody', async () => {
    const upstream = await startUpstream()
    const yaml = [
      'gateway:',
      `  upstreams: { api: { targets: ["${upstream.url}"] } }`,
      '  routes:',
      '    - { id: api, match: { path: /orders }, upstream: api, authenticate: [apiKey], require: { scopes: ["orders:read"] } }',
    ].join('\n')
    const place = await openPlace(world)
    const key = `old.${randomBytes(18).toString('base64url')}/+=`
    const [hash, prefix] = [{ algorithm: 'bcrypt', value: await bcrypt.hash(key, 8) }, key.slice(0, 9)]
    await run('old.jsonl', JSON.stringify({ name: 'old', service: 'old', scopes: ['orders:read'], hash, prefix }))
    const running = await place.serve({ yaml })
    try {
      const ask = (headers: Record<string, string>) => fetch(`${running.gateway}/orders`, { headers })
      expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(200)
      expect((await ask({ 'x-api-key': key })).status).toBe(200)
      expect(JSON.stringify(upstream.seen)).not.toContain(key)
      const refused = await ask({ 'x-api-key': `${key}x` })
      expect(await refused.json()).toMatchObject({ status: 401, code: 'KEY_INVALID' })
      expect(running.output()).not.toContain(key)
    } finally {
      await running.stop()
      await upstream.close()
    }
  }, 60_000)

  it('says of a missing file that it cannot be read', async () => {
    const place = await openPlace(world)
    const answer = await place.command(['keys', 'import', 'missing.jsonl'])
    expect(answer).toMatchObject({ code: 2 })
    expect(answer.stderr).toContain('missing.jsonl cannot be read')
    expect((await place.command(['keys', 'import', '-', '--format', 'xml'])).code).toBe(2)
  })
})
