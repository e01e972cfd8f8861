import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl, type Reply } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString()
// As an operator has it who configured nothing.
const USUAL = { SALLYPORT_KEYS_CLASSIFICATIONS_LOW_MOST_ACTIVE: '10' }

it.each(backends)('the first keys of all, made at once on $name, share one default service', async ({ open }) => {
  const world = await open()
  const control = await openControl(world)
  try {
    const made = await Promise.all(Array.from({ length: 12 }, () => control.keyWith([])))
    expect(new Set(made.map(({ owner }) => owner)).size).toBe(1)
  } finally {
    await control.stop()
    await world.close()
  }
})

it.each(backends.slice(0, 1))(
  'commands say what there is, and narrow a service',
  async ({ open }) => {
    const world = await open()
    try {
      const place = await openPlace(world)
      const said = async (...args: string[]) => {
        const { code, stdout, stderr } = await place.command(args)
        return { code, text: stdout + stderr }
      }
      expect((await said('roles', 'list')).text).toMatch(/super_admin +5 +30 days/)
      expect((await said('scopes', 'list')).text).toContain('Any other well-formed scope is taken too')
      const { id } = await place.json([
        'services',
        'create',
        '--name',
        'billing',
        '--scope',
        'orders:read',
        '--contact',
        'b@example.com',
      ])
      const changed = await said('services', 'change', String(id), '--permission', 'none', '--role', 'support')
      expect(changed.text).toContain('roles support; scopes orders:read; permissions none; contacts b@example.com')
      const refused = await said('keys', 'create', '--name', 'x', '--service', String(id), '--scope', 'orders:write')
      expect(refused).toMatchObject({
        code: 1,
        text: expect.stringContaining('the service "billing" does not hold "orders:write"'),
      })
      expect(await said('services', 'change', String(id))).toMatchObject({ code: 2 })
    } finally {
      await world.close()
    }
  },
  60_000,
)

describe.each(backends)('the rules of a key on $name', ({ open }) => {
  let world: World
  let nodes: Control[] = []
  let first: Control
  let second: Control
  let admin: string
  let moment = 0
  const clock = { now: () => Date.now() + moment }

  beforeAll(async () => {
    world = await open()
    first = await openControl(world, { clock, env: USUAL })
    second = await openControl(world, { clock, env: USUAL })
    nodes = [first, second]
    admin = (await first.keyWith(['*'])).key
  })

  afterAll(async () => {
    for (const node of nodes) await node.stop()
    await world?.close()
  })

  const ask = (method: string, path: string, body?: unknown, key = admin, node = first): Promise<Reply> =>
    node.call(key, method, path, body)
  let services = 0
  const service = async (more: object = {}): Promise<{ id: string; owner: { kind: string; id: string } }> => {
    const made = await ask('POST', '/v1/services', { name: `service ${++services}`, ...more })
    expect(made.status).toBe(201)
    return { id: made.body.id, owner: { kind: 'service', id: made.body.id } }
  }
  const make = (body: object, key = admin, node = first) =>
    ask('POST', '/v1/keys', { name: 'made', ...body }, key, node)
  const made = async (body: object) => {
    const answer = await make(body)
    expect(answer.body).toMatchObject({ key: expect.any(String) })
    return answer.body as { id: string; key: string; expiresAt: string }
  }
  const change = (id: string, body: object, key = admin) => ask('PATCH', `/v1/keys/${id}`, body, key)
  const verify = async (key: string, more: object = {}, node = first) =>
    (await ask('POST', '/v1/keys/verify', { key, ...more }, admin, node)).body
  const errorsOf = (answer: Reply): string[] =>
    answer.body.errors.map(({ path, message }: { path: string; message: string }) => `${path}: ${message}`)
  const countOf = async (id: string) => (await ask('GET', `/v1/keys?service=${id}&limit=100`)).body.items.length

  describe('a classification (K7)', () => {
    it.each([
      ['CRITICAL', 30],
      ['HIGH', 60],
      ['MEDIUM', 90],
      ['LOW', 180],
    ])('%s lets a key live %i days, and refuses a later end, naming both', async (classification, days) => {
      const { owner } = await service()
      const key = await made({ owner, classification })
      expect(Math.round((Date.parse(key.expiresAt) - Date.now()) / DAY)).toBe(days)
      const later = await make({ owner, classification, expiresAt: inDays(days + 1) })
      expect(later.body).toMatchObject({ status: 400, code: 'INPUT_INVALID' })
      expect(errorsOf(later)[0]).toMatch(
        new RegExp(
          `^expiresAt: ${inDays(days + 1).slice(0, 10)}.*too late: ${classification} keys live at most ${days} days.*${inDays(days).slice(0, 10)}`,
        ),
      )
    })

    it.each([
      ['CRITICAL', 1],
      ['HIGH', 2],
      ['MEDIUM', 5],
      ['LOW', 10],
    ])('%s lets a service have %i active keys and no more', async (classification, most) => {
      const { id, owner } = await service()
      for (let i = 0; i < most; i++) await made({ owner, classification })
      const more = await make({ owner, classification })
      expect(more.body).toMatchObject({ status: 409, code: 'KEY_LIMIT_REACHED' })
      expect(more.body.detail).toContain(`may have ${most} active ${classification} keys`)
      expect(more.body.detail).toContain(`keys.classifications.${classification}.mostActive`)
      expect(await countOf(id)).toBe(most)
    })

    it('counts by service and classification, and only keys that work', async () => {
      const { owner } = await service()
      const other = await service()
      const one = await made({ owner, classification: 'CRITICAL' })
      await made({ owner, classification: 'HIGH' })
      await made({ owner: other.owner, classification: 'CRITICAL' })
      await change(one.id, { status: 'inactive' })
      const two = await made({ owner, classification: 'CRITICAL' })
      const back = await change(one.id, { status: 'active' })
      expect(back.body).toMatchObject({ status: 409, code: 'KEY_LIMIT_REACHED' })
      expect((await ask('GET', `/v1/keys/${one.id}`)).body.status).toBe('inactive')
      expect((await ask('POST', `/v1/keys/${two.id}/suspend`)).status).toBe(200)
      expect((await change(one.id, { status: 'active' })).status).toBe(200)
      expect((await ask('POST', `/v1/keys/${two.id}/resume`)).body.code).toBe('KEY_LIMIT_REACHED')
      expect((await ask('DELETE', `/v1/keys/${one.id}`)).status).toBe(200)
      expect((await ask('POST', `/v1/keys/${two.id}/resume`)).status).toBe(200)
    })

    it('gives the place of an expired key to another, and not back by prolonging it', async () => {
      const { owner } = await service()
      const one = await made({ owner, classification: 'CRITICAL', expiresAt: inDays(1) })
      moment = 2 * DAY
      try {
        await made({ owner, classification: 'CRITICAL' })
        expect((await change(one.id, { expiresAt: inDays(20) })).body.code).toBe('KEY_LIMIT_REACHED')
      } finally {
        moment = 0
      }
    })

    it('does not stand in the way of a rotation, whose old key takes no place while it ends', async () => {
      const { owner } = await service()
      const keys = []
      for (let i = 0; i < 5; i++) keys.push(await made({ owner, classification: 'MEDIUM' }))
      const rotated = await ask('POST', `/v1/keys/${keys[0]?.id}/rotate`, { graceSeconds: 3600 })
      expect(rotated.status).toBe(201)
      expect((await verify(keys[0]?.key ?? '')).valid).toBe(true)
      expect((await make({ owner, classification: 'MEDIUM' })).body.code).toBe('KEY_LIMIT_REACHED')
      const rolledBack = await ask('POST', `/v1/keys/${keys[0]?.id}/rollback`)
      expect(rolledBack.status).toBe(200)
      expect((await make({ owner, classification: 'MEDIUM' })).body.code).toBe('KEY_LIMIT_REACHED')
    })

    it('that is changed asks for a place and for an end that fits', async () => {
      const { owner } = await service()
      await made({ owner, classification: 'CRITICAL' })
      const low = await made({ owner })
      const late = await change(low.id, { classification: 'CRITICAL' })
      expect(late.body.code).toBe('INPUT_INVALID')
      expect(errorsOf(late)[0]).toContain('CRITICAL keys live at most 30 days')
      const full = await change(low.id, { classification: 'CRITICAL', expiresAt: inDays(10) })
      expect(full.body.code).toBe('KEY_LIMIT_REACHED')
      expect((await change(low.id, { classification: 'HIGH', expiresAt: inDays(10) })).status).toBe(200)
    })

    it('is counted from when the key was made, so that no key lives on by being prolonged', async () => {
      const { owner } = await service()
      const key = await made({ owner, expiresAt: inDays(100) })
      moment = 90 * DAY
      try {
        expect((await change(key.id, { expiresAt: inDays(179) })).status).toBe(200)
        expect(errorsOf(await change(key.id, { expiresAt: inDays(200) }))[0]).toContain('at most 180 days')
        expect((await change(key.id, { name: 'renamed' })).status).toBe(200)
      } finally {
        moment = 0
      }
    })

    it('holds however many ask at once, on two nodes', async () => {
      const { id, owner } = await service()
      const answers = await Promise.all(
        Array.from({ length: 24 }, (_, i) => make({ owner, classification: 'HIGH' }, admin, nodes[i % 2])),
      )
      const codes = answers.map(({ status, body }) => (status === 201 ? 'made' : body.code))
      expect(codes.filter((code) => code === 'made')).toHaveLength(2)
      expect(codes.filter((code) => code === 'KEY_LIMIT_REACHED')).toHaveLength(22)
      expect(await countOf(id)).toBe(2)
    })

    it('holds when keys come back, change and are made at once', async () => {
      const { id, owner } = await service()
      const asleep = []
      for (let i = 0; i < 4; i++) {
        const { id: key } = await made({ owner, classification: 'HIGH' })
        await change(key, { status: 'inactive' })
        asleep.push(key)
      }
      const low = await made({ owner, expiresAt: inDays(10) })
      await Promise.all([
        ...asleep.map((key, i) => nodes[i % 2]?.call(admin, 'PATCH', `/v1/keys/${key}`, { status: 'active' })),
        ...[0, 1, 0].map((node) => make({ owner, classification: 'HIGH' }, admin, nodes[node])),
        change(low.id, { classification: 'HIGH' }),
      ])
      const active = await ask('GET', `/v1/keys?service=${id}&classification=HIGH&status=active`)
      expect(active.body.items).toHaveLength(2)
    })

    it('answers a repeated creation with the key it made, also when there is no place left', async () => {
      const { owner } = await service()
      const headers = { 'idempotency-key': `full-${owner.id}` }
      const body = { name: 'once', owner, classification: 'CRITICAL' }
      const one = await first.call(admin, 'POST', '/v1/keys', body, headers)
      const again = await first.call(admin, 'POST', '/v1/keys', body, headers)
      expect([one.status, again.status, again.body.id]).toEqual([201, 200, one.body.id])
      const refused = { 'idempotency-key': `refused-${owner.id}` }
      expect((await first.call(admin, 'POST', '/v1/keys', body, refused)).status).toBe(409)
      await ask('DELETE', `/v1/keys/${one.body.id}`)
      expect((await first.call(admin, 'POST', '/v1/keys', body, refused)).status).toBe(201)
    })
  })

  describe('what the owner holds (K9)', () => {
    it('is everything for a service nobody narrowed', async () => {
      const { id } = await service()
      expect((await ask('GET', `/v1/services/${id}`)).body).toMatchObject({
        roles: [],
        scopes: ['*'],
        permissions: ['*'],
        contacts: [],
      })
    })

    it('bounds its keys when they are made and changed', async () => {
      const { owner } = await service({ scopes: ['orders:read'], permissions: ['orders:*'] })
      const more = await make({
        owner,
        scopes: ['orders:read', 'orders:write'],
        permissions: ['orders:read', 'keys:read'],
      })
      expect(more.body).toMatchObject({ status: 403, code: 'GRANT_EXCEEDED' })
      expect(errorsOf(more)).toEqual([
        expect.stringMatching(/^scopes: the service "service \d+" does not hold "orders:write"$/),
        expect.stringMatching(/^permissions: the service "service \d+" does not hold "keys:read"$/),
      ])
      const key = await made({ owner, scopes: ['orders:read'], permissions: ['orders:read'] })
      expect((await change(key.id, { scopes: ['orders:read', 'users:read'] })).body.code).toBe('GRANT_EXCEEDED')
      expect((await change(key.id, { permissions: ['orders:write'] })).status).toBe(200)
    })

    it('bounds keys that exist: narrowed on one node, they give less on the other within a second', async () => {
      const { id, owner } = await service()
      const scopes = ['orders:read', 'orders:write']
      const { key, id: keyId } = await made({ owner, scopes, permissions: ['orders:*', 'keys:read'] })
      for (const node of nodes) expect((await verify(key, { scopes }, node)).valid).toBe(true)
      expect((await ask('GET', '/v1/keys', undefined, key, second)).status).toBe(200)

      const narrowed = { scopes: ['orders:read'], permissions: ['*:read:*', 'orders:write'] }
      expect((await ask('PATCH', `/v1/services/${id}`, narrowed)).status).toBe(200)
      expect((await verify(key, { scopes })).code).toBe('SCOPE_MISSING')
      await expect
        .poll(() => verify(key, { scopes }, second), { timeout: 1000, interval: 20 })
        .toMatchObject({
          code: 'SCOPE_MISSING',
        })
      for (const node of nodes) {
        expect(await verify(key, {}, node)).toMatchObject({
          valid: true,
          scopes: ['orders:read'],
          permissions: ['orders:read:*', 'orders:write'],
        })
        expect((await verify(key, { permissions: ['orders:delete'] }, node)).code).toBe('PERMISSION_MISSING')
        expect((await ask('GET', '/v1/keys', undefined, key, node)).body.code).toBe('PERMISSION_MISSING')
      }
      expect((await ask('GET', `/v1/keys/${keyId}`)).body.scopes).toEqual(scopes)
      await ask('PATCH', `/v1/services/${id}`, { scopes: ['*'], permissions: ['*'] })
      expect((await verify(key, { scopes })).valid).toBe(true)
    })

    it('bounds the successor of a key, which carries what both its predecessor and its owner hold', async () => {
      const { id, owner } = await service()
      const key = await made({ owner, scopes: ['orders:read', 'orders:write'], permissions: ['orders:*'] })
      await ask('PATCH', `/v1/services/${id}`, { scopes: ['orders:write'], permissions: ['*:read'] })
      const rotated = await ask('POST', `/v1/keys/${key.id}/rotate`, { graceSeconds: 60 })
      expect(rotated.body).toMatchObject({ scopes: ['orders:write'], permissions: ['orders:read'] })
    })

    it('may be a role, instead of every permission', async () => {
      const { id, owner } = await service({ roles: ['read_only'] })
      expect((await ask('GET', `/v1/services/${id}`)).body).toMatchObject({ roles: ['read_only'], permissions: [] })
      expect((await make({ owner, permissions: ['orders:write'] })).body.code).toBe('GRANT_EXCEEDED')
      const { key } = await made({ owner, permissions: ['orders:read'] })
      expect((await verify(key, { permissions: ['orders:read'] })).valid).toBe(true)
      await ask('PATCH', `/v1/services/${id}`, { roles: [] })
      expect((await verify(key, { permissions: ['orders:read'] })).code).toBe('PERMISSION_MISSING')
      const whole = await service()
      const roles = await ask('PATCH', `/v1/services/${whole.id}`, { roles: ['support'] })
      expect(roles.body).toMatchObject({ roles: ['support'], permissions: [] })
    })

    it('is widened only by who holds it, because that wakes what its keys were given before', async () => {
      const { id, owner } = await service({
        name: `careful ${Date.now()}`,
        scopes: [],
        permissions: ['services:manage'],
      })
      const { key } = await made({ owner, permissions: ['services:manage'] })
      const widened = await ask('PATCH', `/v1/services/${id}`, { permissions: ['*'], scopes: ['orders:read'] }, key)
      expect(widened.body).toMatchObject({ status: 403, code: 'GRANT_EXCEEDED' })
      expect(errorsOf(widened)).toEqual(['scopes: you do not hold "orders:read"', 'permissions: you do not hold "*"'])
      expect((await ask('PATCH', `/v1/services/${id}`, { roles: ['admin'] }, key)).body.code).toBe('GRANT_EXCEEDED')
      expect((await ask('GET', `/v1/services/${id}`)).body).toMatchObject({ version: 1, scopes: [] })
      expect((await ask('PATCH', `/v1/services/${id}`, { permissions: [] }, key)).status).toBe(200)
    })

    it.each([
      [{ roles: ['wizard'] }, 'roles'],
      [{ scopes: ['a b'] }, 'scopes.0'],
      [{ scopes: ['a', 'a'] }, 'scopes'],
      [{ permissions: ['orders'] }, 'permissions'],
      [{ contacts: ['nobody'] }, 'contacts.0'],
      [{ contacts: ['a@example.com\nBcc: b@example.com'] }, 'contacts.0'],
      [{ contacts: Array.from({ length: 21 }, (_, i) => `a${i}@example.com`) }, 'contacts'],
    ])('is not %j', async (more, path) => {
      const refused = await ask('POST', '/v1/services', { name: `wrong ${++services}`, ...more })
      expect(refused.status).toBe(400)
      expect(errorsOf(refused).join()).toContain(path)
      const { id } = await service()
      expect((await ask('PATCH', `/v1/services/${id}`, more)).status).toBe(400)
    })

    it('and its contacts are kept and changed', async () => {
      const { id } = await service({ contacts: ['billing@example.com'] })
      const changed = await ask('PATCH', `/v1/services/${id}`, { contacts: ['a@example.com', 'b@example.com'] })
      expect(changed.body).toMatchObject({ contacts: ['a@example.com', 'b@example.com'], scopes: ['*'] })
    })
  })

  describe('what cannot be (K10)', () => {
    it.each([
      [{ scopes: ['admin', 'read'] }, ['scopes: "admin" stands alone']],
      [{ scopes: ['delete', 'read'] }, ['scopes: "delete" needs "write"']],
      [{ scopes: ['admin', 'delete'] }, ['scopes: "admin" stands alone', 'scopes: "delete" needs']],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, ['expiresAt: must lie in the future']],
      [{ owner: { kind: 'service', id: 'svc_nothere' } }, ['owner.id: there is no such service']],
      [{ owner: { kind: 'user', id: 'usr_nothere' } }, ['owner.id: there is no such user']],
      [{ allowedIps: ['10.0.0.1/8'] }, ['allowedIps: "10.0.0.1/8" has host bits']],
      [
        { allowedIps: ['0.0.0.0/0', '::/0'] },
        ['allowedIps: "0.0.0.0/0" allows every address; write "any"', 'allowedIps: "::/0"'],
      ],
      [{ allowedIps: ['any', '10.0.0.0/8'] }, ['allowedIps: "any" stands alone']],
      [{ allowedDomains: ['example.com:8443'] }, ['allowedDomains: "example.com:8443" must be a bare domain']],
      [{ allowedDomains: ['https://example.com'] }, ['allowedDomains: "https://example.com" must be a bare domain']],
      [
        { allowedDomains: ['*.bücher.example'] },
        ['allowedDomains: "*.bücher.example" must be written as browsers send it: *.xn--bcher-kva.example'],
      ],
      [
        { allowedDomains: ['Shop.Example.com'] },
        ['allowedDomains: "Shop.Example.com" must be written as browsers send it: shop.example.com'],
      ],
      [{ metadata: { big: 'x'.repeat(4097) } }, ['metadata: must be at most 4 KB']],
      [{ scopes: Array.from({ length: 10_000 }, (_, i) => `s${i}`) }, ['scopes: must NOT have more than 100 items']],
    ])('%j', async (body, starts) => {
      const refused = await make(body)
      expect(refused.body).toMatchObject({ status: 400, code: 'INPUT_INVALID' })
      const said = errorsOf(refused)
      expect(said).toHaveLength(starts.length)
      for (const [i, start] of starts.entries()) expect(said[i]).toContain(start)
    })

    it('is told with everything else that is wrong, and nothing is made or changed', async () => {
      const { id, owner } = await service({ scopes: ['admin', 'read', 'delete'] })
      const limited = await first.keyWith(['keys:create', 'keys:manage'], { owner: null })
      const wrong = {
        owner,
        format: 'uuid',
        scopes: ['admin', 'delete', 'delete', 'users:read'],
        allowedIps: ['10.0.0.1/8'],
        expiresAt: inDays(400),
        tags: ['t', 't'],
      }
      const headers = { 'idempotency-key': `wrong-${id}` }
      const refused = await first.call(limited.key, 'POST', '/v1/keys', { name: 'x', ...wrong }, headers)
      expect(refused.body).toMatchObject({ status: 400, code: 'INPUT_INVALID' })
      const said = errorsOf(refused).join('\n')
      for (const part of [
        'format: ',
        '"admin" stands alone',
        '"delete" needs "write"',
        '"delete" is named twice',
        'host bits',
        '"t" is named twice',
        'LOW keys live at most 180 days',
        'you do not hold "users:read"',
        'does not hold "users:read"',
      ])
        expect(said).toContain(part)
      expect(await countOf(id)).toBe(0)
      expect((await first.call(admin, 'POST', '/v1/keys', { name: 'right', owner }, headers)).status).toBe(201)

      const key = await made({ owner, scopes: ['read'] })
      const before = (await ask('GET', `/v1/keys/${key.id}`)).body
      const bad = await change(key.id, {
        name: 'y',
        scopes: ['admin', 'read'],
        allowedDomains: ['a:1'],
        expiresAt: inDays(300),
      })
      expect(errorsOf(bad)).toHaveLength(3)
      expect((await ask('GET', `/v1/keys/${key.id}`)).body).toEqual(before)
    })

    it('is every scope without the permission to give any', async () => {
      const limited = await first.keyWith(['keys:create'], { scopes: ['orders:read'] })
      const refused = await make({ scopes: ['*'] }, limited.key)
      expect(refused.body).toMatchObject({ status: 403, code: 'GRANT_EXCEEDED' })
      expect(errorsOf(refused)).toEqual(['scopes: "*" is given only by who holds it or the permission keys:grant-any'])
      await ask('DELETE', `/v1/keys/${limited.id}`)
      const granting = await first.keyWith(['keys:create', 'keys:grant-any'])
      const given = await make({ scopes: ['*'] }, granting.key)
      expect(given.status).toBe(201)
      expect((await make({ permissions: ['orders:read'] }, granting.key)).body.code).toBe('GRANT_EXCEEDED')
      for (const { id } of [granting, given.body]) await ask('DELETE', `/v1/keys/${id}`)
    })

    it('but "any" is every address, known or not', async () => {
      const { owner } = await service()
      const { key } = await made({ owner, allowedIps: ['any'] })
      expect((await verify(key, { ip: '198.51.100.7' })).valid).toBe(true)
      expect((await verify(key)).valid).toBe(true)
    })
  })

  it('a clock that goes back wakes no key, and a key lives on under it', async () => {
    const { owner } = await service()
    const key = await made({ owner, expiresAt: inDays(1), usageLimit: { max: 1, per: 'day', exact: true } })
    expect((await verify(key.key)).valid).toBe(true)
    moment = -DAY
    try {
      expect((await verify(key.key)).code).toBe('USAGE_EXHAUSTED')
      expect((await change(key.id, { name: 'earlier' })).status).toBe(200)
      expect((await change(key.id, { expiresAt: inDays(181) })).body.code).toBe('INPUT_INVALID')
      const started = performance.now()
      expect(
        (await ask('GET', '/v1/keys', undefined, `${key.key.slice(0, -1)}${key.key.endsWith('0') ? '1' : '0'}`)).status,
      ).toBe(401)
      expect(performance.now() - started).toBeLessThan(5_000)
      expect((await ask('DELETE', `/v1/keys/${key.id}`)).status).toBe(200)
      expect((await verify(key.key)).code).toBe('KEY_REVOKED')
    } finally {
      moment = 0
    }
  })

  describe('the registry', () => {
    it('names the roles with what they hold and how many keys they allow (K8)', async () => {
      const { body } = await ask('GET', '/v1/roles')
      const limits = body.items.map(
        (role: Record<string, unknown>) => `${role.name} ${role.mostKeys}/${role.rotationDays}`,
      )
      expect(limits).toEqual([
        'super_admin 5/30',
        'admin 10/45',
        'manager 15/60',
        'moderator 15/60',
        'developer 20/90',
        'analyst 10/90',
        'support 15/60',
        'user 10/90',
        'read_only 25/180',
      ])
    })

    it('knows every permission that an endpoint asks for', async () => {
      const known = (await ask('GET', '/v1/permissions')).body.items.map(({ name }: { name: string }) => name)
      const { paths } = (await ask('GET', '/openapi.json')).body as {
        paths: Record<string, Record<string, { 'x-permission'?: string[] }>>
      }
      const asked = Object.values(paths).flatMap((path) =>
        Object.values(path).flatMap((it) => it['x-permission'] ?? []),
      )
      expect(known).toEqual(expect.arrayContaining([...new Set(asked)]))
    })

    it('takes any well-formed scope until scopes are declared, and says so', async () => {
      expect((await ask('GET', '/v1/scopes')).body).toMatchObject({ open: true, nextCursor: null })
    })

    it('needs a caller who may give something', async () => {
      const { key, id } = await first.keyWith(['orders:read'])
      for (const path of ['/v1/roles', '/v1/scopes', '/v1/permissions'])
        expect((await ask('GET', path, undefined, key)).body.code).toBe('PERMISSION_MISSING')
      await ask('DELETE', `/v1/keys/${id}`)
    })
  })

  describe('with declared scopes', () => {
    let strict: Control
    const env = {
      SALLYPORT_ACCESS_SCOPES: '{"orders:read":"Read orders"}',
      SALLYPORT_GATEWAY_UPSTREAMS: '{"orders":{"targets":["http://127.0.0.1:9"]}}',
      SALLYPORT_GATEWAY_ROUTES: JSON.stringify([
        {
          id: 'orders',
          match: { path: '/orders' },
          upstream: 'orders',
          authenticate: ['apiKey'],
          require: { scopes: ['orders:write'] },
        },
      ]),
    }
    beforeAll(async () => {
      strict = await openControl(world, { clock, env })
      nodes.push(strict)
    })

    it('an unknown one is refused for keys and services, with the likely one; those of routes are known', async () => {
      const { id, owner } = await service()
      const refused = await make({ owner, scopes: ['orders:raed', 'orders:read', 'orders:write'] }, admin, strict)
      expect(refused.body.code).toBe('INPUT_INVALID')
      expect(errorsOf(refused)).toEqual([
        'scopes: "orders:raed" is not a scope here; did you mean "orders:read"?; scopes are declared in access.scopes',
      ])
      const narrowed = await ask('PATCH', `/v1/services/${id}`, { scopes: ['orders:raed'] }, admin, strict)
      expect(narrowed.body.code).toBe('INPUT_INVALID')
      expect((await make({ owner, scopes: ['orders:read', 'orders:write', 'read'] }, admin, strict)).status).toBe(201)
      const known = await ask('GET', '/v1/scopes', undefined, admin, strict)
      expect(known.body.open).toBe(false)
      expect(known.body.items.map(({ name, from }: Record<string, string>) => `${name} ${from}`)).toEqual([
        'read built-in',
        'write built-in',
        'delete built-in',
        'admin built-in',
        '* built-in',
        'orders:read configuration',
        'orders:write routes',
      ])
    })

    it('a key that carries one nobody declared may still be renamed', async () => {
      const { owner } = await service()
      const key = await made({ owner, scopes: ['old:scope'] })
      expect((await ask('PATCH', `/v1/keys/${key.id}`, { name: 'renamed' }, admin, strict)).status).toBe(200)
      expect((await ask('PATCH', `/v1/keys/${key.id}`, { scopes: ['old:scope'] }, admin, strict)).status).toBe(400)
    })
  })
})
