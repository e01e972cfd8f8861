import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

describe.each(backends)('the keys API on $name', ({ open }) => {
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

  const make = async (body: object = {}, headers: Record<string, string> = {}) => {
    const answer = await control.call(admin, 'POST', '/v1/keys', { name: 'made', ...body }, headers)
    expect(answer.status).toBe(201)
    return answer.body
  }
  const verify = async (key: string, more: object = {}) =>
    (await control.call(admin, 'POST', '/v1/keys/verify', { key, ...more })).body

  describe('making', () => {
    it('answers the key once, with everything it carries, and never again', async () => {
      const made = await make({
        description: 'for tests',
        scopes: ['orders:read'],
        allowedIps: ['192.0.2.0/24'],
        tags: ['t'],
        metadata: { team: 'x' },
      })
      expect(made).toMatchObject({
        name: 'made',
        status: 'active',
        environment: 'live',
        classification: 'LOW',
        scopes: ['orders:read'],
        version: 1,
      })
      expect(made.key).toMatch(/^sp_live_[0-9A-Za-z]{73}$/)
      expect(Date.parse(made.expiresAt) - Date.parse(made.created.at)).toBe(180 * 86_400_000)
      const read = await control.call(admin, 'GET', `/v1/keys/${made.id}`)
      expect(read.status).toBe(200)
      expect(read.headers.get('etag')).toBe('"1"')
      expect(read.body.key).toBeUndefined()
      expect(JSON.stringify(read.body)).not.toContain(made.key.slice(20))
      expect(read.body.hint).toBe(`${made.key.slice(0, 14)}…${made.key.slice(-4)}`)
    })

    it.each([
      [{ name: '' }, 'name'],
      [{ name: 'x'.repeat(256) }, 'name'],
      [{ name: 'a\u0000b' }, 'name'],
      [{ name: '   ' }, 'name'],
      [{ name: ' \u200b\u00a0' }, 'name'],
      [
        {
          name: 'x',
          rateLimits: [
            { max: 5, per: 'minute' },
            { max: 9, per: 'minute', burst: 2 },
          ],
        },
        'rateLimits',
      ],
      [{ name: 7 }, 'name'],
      [{}, 'name'],
      [{ name: 'x', description: 'x'.repeat(1001) }, 'description'],
      [{ name: 'x', environment: 'prod' }, 'environment'],
      [{ name: 'x', surprise: true }, 'surprise'],
      [{ name: 'x', allowedIps: ['10.0.0.1/8'] }, 'allowedIps'],
      [{ name: 'x', allowedIps: ['0.0.0.0/0'] }, 'allowedIps'],
      [{ name: 'x', allowedIps: ['nonsense'] }, 'allowedIps'],
      [{ name: 'x', allowedIps: ['0.0.0.0/1', '128.0.0.0/1'] }, 'allowedIps'],
      [{ name: 'x', allowedIps: ['::/1', '8000::/2', 'c000::/2', '10.0.0.0/8'] }, 'allowedIps'],
      [{ name: 'x', allowedDomains: ['https://example.com'] }, 'allowedDomains'],
      [{ name: 'x', resources: ['/a/../b'] }, 'resources'],
      [{ name: 'x', permissions: ['orders'] }, 'permissions'],
      [{ name: 'x', scopes: ['a', 'a'] }, 'scopes'],
      [{ name: 'x', scopes: Array.from({ length: 10_000 }, (_, i) => `s${i}`) }, 'scopes'],
      [{ name: 'x', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
      [{ name: 'x', expiresAt: '2099-01-01T00:00:00Z' }, 'expiresAt'],
      [{ name: 'x', expiresAt: 'tomorrow' }, 'expiresAt'],
      [{ name: 'x', metadata: { big: 'x'.repeat(4096) } }, 'metadata'],
      [{ name: 'x', format: 'uuid' }, 'format'],
      [{ name: 'x', owner: { kind: 'service', id: 'svc_nothere' } }, 'owner.id'],
      [{ name: 'x', owner: { kind: 'user', id: 'usr_nothere' } }, 'owner.id'],
      [{ name: 'x', rateLimits: [{ max: 0, per: 'minute' }] }, 'rateLimits.0.max'],
      [{ name: 'x', requireMfa: 'yes' }, 'requireMfa'],
    ])('refuses %j naming %s', async (body, path) => {
      const answer = await control.call(admin, 'POST', '/v1/keys', body)
      expect(answer.status).toBe(400)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path)
    })

    it('repeated with the same Idempotency-Key makes one key, and shows it once', async () => {
      const headers = { 'idempotency-key': `once-${Date.now()}` }
      const made = await make({ name: 'idempotent' }, headers)
      const again = await control.call(admin, 'POST', '/v1/keys', { name: 'idempotent' }, headers)
      expect(again.status).toBe(200)
      expect(again.body).toMatchObject({ id: made.id, key: null })
      const other = await control.call(admin, 'POST', '/v1/keys', { name: 'different' }, headers)
      expect(other.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
    })

    it('twenty times at once with one Idempotency-Key makes one key', async () => {
      const headers = { 'idempotency-key': `race-${Date.now()}` }
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => control.call(admin, 'POST', '/v1/keys', { name: 'race' }, headers)),
      )
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
      expect(answers.filter(({ body }) => body.key !== null)).toHaveLength(1)
    })

    it('never gives more than its maker holds', async () => {
      const limited = await control.keyWith(['keys:create', 'orders:read'], { scopes: ['orders'] })
      const more = await control.call(limited.key, 'POST', '/v1/keys', {
        name: 'x',
        permissions: ['orders:write'],
        scopes: ['admin'],
      })
      expect(more.body).toMatchObject({ status: 403, code: 'GRANT_EXCEEDED' })
      expect(more.body.errors.map((error: { path: string }) => error.path)).toEqual(['scopes', 'permissions'])
      const same = await control.call(limited.key, 'POST', '/v1/keys', {
        name: 'x',
        permissions: ['orders:read:42'],
        scopes: ['orders'],
      })
      expect(same.status).toBe(201)
      expect(same.body.owner.id).toBe(limited.owner)
    })
  })

  describe('verifying', () => {
    it('gives each code in turn', async () => {
      const { key, id } = await make({
        scopes: ['orders:read'],
        permissions: ['orders:read'],
        allowedIps: ['192.0.2.0/24'],
        allowedDomains: ['*.example.com'],
        resources: ['GET /orders/**'],
        usageLimit: { max: 3, per: 'day' },
        rateLimits: [{ max: 2, per: 'hour' }],
      })
      const right = {
        ip: '192.0.2.7',
        domain: 'shop.example.com',
        method: 'GET',
        resource: '/orders/1',
        scopes: ['orders:read'],
      }
      const codeOf = async (more: object) => (await verify(key, { ...right, ...more })).code
      expect(await verify('nonsense')).toMatchObject({ valid: false, code: 'KEY_MALFORMED', keyId: null })
      expect(await codeOf({ ip: '198.51.100.7' })).toBe('IP_NOT_ALLOWED')
      expect(await codeOf({ domain: 'example.org' })).toBe('DOMAIN_NOT_ALLOWED')
      expect(await codeOf({ scopes: ['orders:write'] })).toBe('SCOPE_MISSING')
      expect(await codeOf({ permissions: ['orders:write'] })).toBe('PERMISSION_MISSING')
      expect(await codeOf({ resource: '/users/1' })).toBe('RESOURCE_NOT_ALLOWED')
      expect(await codeOf({ method: 'DELETE' })).toBe('RESOURCE_NOT_ALLOWED')
      const good = await verify(key, right)
      expect(good).toMatchObject({
        valid: true,
        code: 'VALID',
        keyId: id,
        scopes: ['orders:read'],
        limits: [{ max: 2, remaining: 1 }],
      })
      expect(await codeOf({})).toBe('VALID')
      expect(await verify(key, right)).toMatchObject({ code: 'RATE_LIMITED', retryAfter: expect.any(Number) })
    })

    it('refuses a rule whose circumstance was not told', async () => {
      const { key } = await make({ allowedIps: ['192.0.2.0/24'] })
      expect(await verify(key)).toMatchObject({ valid: false, code: 'IP_NOT_ALLOWED' })
    })

    it('refuses a key that demands a second factor, as long as nobody can prove one', async () => {
      const { key } = await make({ requireMfa: true })
      expect(await verify(key)).toMatchObject({ valid: false, code: 'MFA_REQUIRED' })
    })

    it('never overspends an exact usage limit, however many ask at once', async () => {
      const { key } = await make({ usageLimit: { max: 10, per: 'total', exact: true } })
      const answers = await Promise.all(Array.from({ length: 40 }, () => verify(key)))
      expect(answers.filter(({ valid }) => valid)).toHaveLength(10)
      expect(answers.filter(({ code }) => code === 'USAGE_EXHAUSTED')).toHaveLength(30)
    })

    it.each(['hex', 'base64url', 'segmented'])('knows a key in the format %s', async (format) => {
      const { key, id } = await make({ format })
      expect(await verify(key)).toMatchObject({ valid: true, keyId: id })
      expect((await verify(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`)).valid).toBe(false)
    })

    it('counts uses and says when and from where the last one came', async () => {
      const { key, id } = await make()
      await verify(key, { ip: '192.0.2.9' })
      await verify(key, { ip: '192.0.2.9' })
      await control.serving.system.keys.flush()
      const usage = await control.call(admin, 'GET', `/v1/keys/${id}/usage`)
      expect(usage.body).toMatchObject({
        total: 2,
        hour: 2,
        day: 2,
        month: 2,
        lastUsedFrom: '192.0.2.9',
        lastUsedAt: expect.any(String),
      })
    })
  })

  describe('changing', () => {
    it('takes what is named, keeps the rest, and is effective at once', async () => {
      const { key, id } = await make({ scopes: ['a'], tags: ['old'] })
      expect((await verify(key, { scopes: ['a'] })).valid).toBe(true)
      const changed = await control.call(
        admin,
        'PATCH',
        `/v1/keys/${id}`,
        { scopes: ['b'], tags: ['new'] },
        { 'if-match': '"1"' },
      )
      expect(changed.body).toMatchObject({ scopes: ['b'], tags: ['new'], name: 'made', version: 2 })
      expect(changed.headers.get('etag')).toBe('"2"')
      expect((await verify(key, { scopes: ['a'] })).code).toBe('SCOPE_MISSING')
    })

    it('of a version that is no longer the newest is refused', async () => {
      const { id } = await make()
      await control.call(admin, 'PATCH', `/v1/keys/${id}`, { name: 'second' })
      const stale = await control.call(admin, 'PATCH', `/v1/keys/${id}`, { name: 'third' }, { 'if-match': '"1"' })
      expect(stale.body).toMatchObject({ status: 412, code: 'VERSION_STALE' })
      const bent = await control.call(admin, 'PATCH', `/v1/keys/${id}`, { name: 'third' }, { 'if-match': 'W/"1"' })
      expect(bent.status).toBe(400)
    })

    it('suspends, resumes and revokes, each shown by verification; revoked is for good', async () => {
      const { key, id } = await make()
      const step = async (method: string, path: string) =>
        (await control.call(admin, method, `/v1/keys/${id}${path}`)).status
      expect(await step('POST', '/suspend')).toBe(200)
      expect((await verify(key)).code).toBe('KEY_SUSPENDED')
      expect((await control.call(admin, 'PATCH', `/v1/keys/${id}`, { status: 'active' })).status).toBe(409)
      expect(await step('POST', '/resume')).toBe(200)
      expect((await verify(key)).code).toBe('VALID')
      await control.call(admin, 'PATCH', `/v1/keys/${id}`, { status: 'inactive' })
      expect((await verify(key)).code).toBe('KEY_INACTIVE')
      expect(await step('DELETE', '')).toBe(200)
      expect(await step('DELETE', '')).toBe(200)
      expect((await verify(key)).code).toBe('KEY_REVOKED')
      expect(await step('POST', '/resume')).toBe(409)
      expect((await control.call(admin, 'PATCH', `/v1/keys/${id}`, { name: 'x' })).status).toBe(409)
    })

    it('rotates: both keys work during the grace, each names the other, and of ten rotations at once one wins', async () => {
      const { key, id } = await make({ scopes: ['a'] })
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => control.call(admin, 'POST', `/v1/keys/${id}/rotate`, { graceSeconds: 3600 })),
      )
      const [won] = answers.filter(({ status }) => status === 201)
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)])
      expect(won?.body).toMatchObject({ rotatedFrom: id, scopes: ['a'], name: 'made' })
      expect((await verify(key)).valid).toBe(true)
      expect((await verify(won?.body.key)).valid).toBe(true)
      const old = await control.call(admin, 'GET', `/v1/keys/${id}`)
      expect(old.body.rotatedTo).toBe(won?.body.id)
      expect(Date.parse(old.body.expiresAt) - Date.now()).toBeLessThanOrEqual(3_600_000)
    })

    it('rotates without grace: the old key is dead at once', async () => {
      const { key, id } = await make()
      expect((await control.call(admin, 'POST', `/v1/keys/${id}/rotate`, { graceSeconds: 0 })).status).toBe(201)
      expect((await verify(key)).code).toBe('KEY_REVOKED')
    })

    it('revokes all keys with a tag in one call', async () => {
      const tag = `bulk-${Date.now()}`
      const made = await Promise.all(Array.from({ length: 3 }, () => make({ tags: [tag] })))
      expect((await control.call(admin, 'POST', '/v1/keys/revoke', { tag })).body).toEqual({ revoked: 3 })
      for (const { key } of made) expect((await verify(key)).code).toBe('KEY_REVOKED')
      expect((await control.call(admin, 'POST', '/v1/keys/revoke', {})).status).toBe(400)
    })
  })

  describe('listing', () => {
    it('pages through everything once, newest first, with filters', async () => {
      const tag = `list-${Date.now()}`
      const made: string[] = []
      for (let i = 0; i < 5; i++) made.unshift((await make({ name: `Listed ${i}`, tags: [tag] })).id)
      await control.call(admin, 'DELETE', `/v1/keys/${made[0]}`)
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: { body: { items: { id: string }[]; nextCursor: string | null } } = await control.call(
          admin,
          'GET',
          `/v1/keys?tag=${tag}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
        )
        seen.push(...page.body.items.map((item) => item.id))
        cursor = page.body.nextCursor
      } while (cursor !== null)
      expect(seen).toEqual(made)
      const idsOf = async (query: string) =>
        (await control.call(admin, 'GET', `/v1/keys?tag=${tag}&${query}`)).body.items.map(
          (item: { id: string }) => item.id,
        )
      expect(await idsOf('status=revoked')).toEqual([made[0]])
      expect(await idsOf('status=active')).toEqual(made.slice(1))
      expect(await idsOf('text=listed%203')).toEqual([made[1]])
      expect(await idsOf('text=%25')).toEqual([])
      expect(await idsOf('classification=HIGH')).toEqual([])
    })

    it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=!!', 'cursor=abcd', 'status=odd', 'surprise=1'])(
      'refuses ?%s',
      async (query) => {
        expect((await control.call(admin, 'GET', `/v1/keys?${query}`)).status).toBe(400)
      },
    )
  })

  describe('who may', () => {
    it('is nobody without a key, and says what permission is missing with one', async () => {
      expect((await control.call(null, 'GET', '/v1/keys')).body).toMatchObject({
        status: 401,
        code: 'CREDENTIAL_MISSING',
      })
      const { key } = await control.keyWith(['orders:read'])
      const answer = await control.call(key, 'GET', '/v1/keys')
      expect(answer.body).toMatchObject({ status: 403, code: 'PERMISSION_MISSING' })
      expect(answer.body.detail).toContain('keys:read')
    })

    it('sees only their own keys without keys:manage; others do not exist for them', async () => {
      const service = await control.call(admin, 'POST', '/v1/services', { name: `own-${Date.now()}` })
      const owner = { kind: 'service', id: service.body.id }
      const mine = await control.keyWith(['keys:read', 'keys:update', 'keys:revoke'], { owner })
      const theirs = await make()
      const listed = await control.call(mine.key, 'GET', '/v1/keys')
      expect(listed.body.items.map((item: { id: string }) => item.id)).toEqual([mine.id])
      for (const [method, path] of [
        ['GET', ''],
        ['PATCH', ''],
        ['DELETE', ''],
        ['POST', '/suspend'],
      ] as const) {
        const answer = await control.call(
          mine.key,
          method,
          `/v1/keys/${theirs.id}${path}`,
          method === 'PATCH' ? { name: 'x' } : undefined,
        )
        expect(answer.body).toMatchObject({ status: 404, code: 'KEY_UNKNOWN' })
      }
      expect((await verify(theirs.key)).valid).toBe(true)
    })
  })

  describe('services', () => {
    it('repeated with the same Idempotency-Key are one, of ten at once too', async () => {
      const name = `once-${Date.now()}`
      const headers = { 'idempotency-key': name }
      const ask = (body: object) => control.call(admin, 'POST', '/v1/services', body, headers)
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask({ name })))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201))
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
      expect((await ask({ name: `${name}-other` })).body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
    })

    it('are made once by name, listed, renamed, disabled and enabled', async () => {
      const name = `svc-${Date.now()}`
      const made = await control.call(admin, 'POST', '/v1/services', { name })
      expect(made.status).toBe(201)
      expect((await control.call(admin, 'POST', '/v1/services', { name })).body).toMatchObject({
        status: 409,
        code: 'SERVICE_NAME_TAKEN',
      })
      const path = `/v1/services/${made.body.id}`
      const { key } = await make({ owner: { kind: 'service', id: made.body.id } })
      expect((await verify(key)).valid).toBe(true)
      expect((await control.call(admin, 'PATCH', path, { enabled: false })).body).toMatchObject({
        enabled: false,
        version: 2,
      })
      expect((await verify(key)).code).toBe('KEY_INACTIVE')
      const orphan = await control.call(admin, 'POST', '/v1/keys', {
        name: 'x',
        owner: { kind: 'service', id: made.body.id },
      })
      expect(orphan.status).toBe(400)
      await control.call(admin, 'PATCH', path, { enabled: true, description: 'back' })
      expect((await verify(key)).valid).toBe(true)
      expect(
        (await control.call(admin, 'GET', '/v1/services?limit=100')).body.items.map(
          (item: { name: string }) => item.name,
        ),
      ).toContain(name)
    })
  })
})
