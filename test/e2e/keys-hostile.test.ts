import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl, type Reply } from '../support/control.ts'

const HOUR = 3_600_000

describe.each(backends)('whoever means harm, on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let real = Date.now()
  let now = real

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock: { now: () => now } })
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })

  beforeEach(() => {
    real += 2 * HOUR
    now = real
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const post = (path: string, body: object = {}, key: string | null = admin): Promise<Reply> =>
    control.call(key, 'POST', path, body)
  const read = async (path: string) => (await control.call(admin, 'GET', path)).body
  const verify = async (key: string) => (await post('/v1/keys/verify', { key })).body.code
  const service = async () => {
    const { id } = (await post('/v1/services', { name: `service ${Math.random()}` })).body
    return { kind: 'service', id: id as string }
  }
  const make = async (body: object = {}, key = admin) => {
    const made = await post(
      '/v1/keys',
      { name: 'made', classification: 'MEDIUM', owner: await service(), ...body },
      key,
    )
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    return made.body
  }
  const tagged = async (tag: string) => (await read(`/v1/keys?tag=${tag}`)).items

  it.each([
    ['a leap second', { expiresAt: '2026-12-31T23:59:60Z' }, 'expiresAt'],
    ['a day that is not', { expiresAt: '2027-02-30T00:00:00Z' }, 'expiresAt'],
    ['a zone without minutes', { expiresAt: '2027-01-01T00:00:00+01' }, 'expiresAt'],
    ['a year of five digits', { expiresAt: '+27576-09-13T00:00:00Z' }, 'expiresAt'],
    ['a name that turns around', { name: 'billing\u202egnp.exe' }, 'name'],
    ['a name of two lines', { name: 'billing\u2028admin' }, 'name'],
    ['every address, written as IPv6', { allowedIps: ['::ffff:0.0.0.0/96'] }, 'allowedIps'],
    ['host bits, written as IPv6', { allowedIps: ['::ffff:10.0.0.1/104'] }, 'allowedIps'],
    ['an address in octal', { allowedIps: ['010.0.0.0/8'] }, 'allowedIps'],
    ['a domain with a port', { allowedDomains: ['example.com:443'] }, 'allowedDomains'],
    ['a domain in full width', { allowedDomains: ['\uff45xample.com'] }, 'allowedDomains'],
    ['a whole top-level domain', { allowedDomains: ['*.com'] }, 'allowedDomains'],
    ['ten thousand scopes', { scopes: Array.from({ length: 10_000 }, (_, i) => `s${i}`) }, 'scopes'],
    ['4 KB counted in letters', { metadata: { a: '€'.repeat(1500) } }, 'metadata'],
  ])('asking for %s gets no key and leaves none', async (_name, body, path) => {
    const refused = await post('/v1/keys', { name: 'made', tags: ['hostile'], ...body })
    expect(refused.body).toMatchObject({ status: 400, code: 'INPUT_INVALID' })
    expect(refused.body.errors.map((error: { path: string }) => error.path)).toContain(path)
    expect(await tagged('hostile')).toEqual([])
  })

  it('turns the clock back: no key is rotated twice, no grace is longer, nothing fails', async () => {
    const old = await make({ tags: ['clock'], rateLimits: [{ max: 2, per: 'minute' }] })
    const next = await post(`/v1/keys/${old.id}/rotate`, { graceSeconds: 60 })
    expect(next.status).toBe(201)
    expect([await verify(next.body.key), await verify(next.body.key)]).toEqual(['VALID', 'VALID'])
    now -= HOUR
    expect(await verify(next.body.key)).toBe('RATE_LIMITED')
    expect((await post(`/v1/keys/${old.id}/rotate`)).body).toMatchObject({ status: 409, code: 'KEY_STATUS_CONFLICT' })
    expect(await tagged('clock')).toHaveLength(2)
    expect((await control.call(admin, 'PATCH', `/v1/keys/${old.id}`, { name: 'earlier' })).status).toBe(200)
    expect((await control.call(admin, 'GET', '/v1/audit/verification')).body).toMatchObject({ ok: true })
    now = real + 60_000
    expect(await verify(old.key)).toBe('KEY_EXPIRED')
    expect((await post(`/v1/keys/${old.id}/rollback`)).body.code).toBe('ROLLBACK_NOT_POSSIBLE')
    expect((await read(`/v1/keys/${next.body.id}`)).status).toBe('active')
  })

  it('approves their own request with a key that they made for another service, or rotated', async () => {
    const asker = await control.keyWith(['keys:*', 'keys:approve'], { owner: await service() })
    const colleague = await service()
    const honest = await control.keyWith(['keys:approve'], { owner: colleague })
    const { id } = await make({ classification: 'CRITICAL' })
    const asked = await post(`/v1/keys/${id}/rotate`, {}, asker.key)
    expect(asked.status).toBe(202)
    const puppet = await make({ owner: colleague, permissions: ['keys:approve'] }, asker.key)
    const taken = (await post(`/v1/keys/${honest.id}/rotate`, {}, asker.key)).body
    const stringed = await make({ owner: await service(), permissions: ['keys:*', 'keys:approve'] }, asker.key)
    const chain = [stringed]
    for (let step = 0; step < 3; step++) {
      const body = { owner: await service(), permissions: ['keys:*', 'keys:approve'] }
      chain.push(await make(body, chain.at(-1).key))
    }
    for (const { key } of [puppet, taken, ...chain]) {
      const decided = await post(`/v1/approvals/${asked.body.id}/approve`, {}, key)
      expect(decided.body).toMatchObject({ status: 403, code: 'APPROVAL_OWN' })
    }
    expect((await read(`/v1/approvals/${asked.body.id}`)).state).toBe('pending')
    expect((await read(`/v1/keys/${id}`)).rotatedTo).toBeNull()
    expect((await post(`/v1/approvals/${asked.body.id}/approve`, {}, honest.key)).body.state).toBe('approved')
  })

  it('buys a token that names a scope twice', async () => {
    const { key } = await make({ scopes: ['orders:read'] })
    const bought = await post('/v1/keys/exchange', { scopes: ['orders:read', 'orders:read'] }, key)
    expect(bought.body).toMatchObject({ status: 400, errors: [{ path: 'scopes' }] })
  })

  it('rotates and revokes a key at once: it ends revoked, and no new key outlives that unless it was made before', async () => {
    const { id } = await make({ tags: ['torn'] })
    const [rotated, revoked] = await Promise.all([
      post(`/v1/keys/${id}/rotate`),
      control.call(admin, 'DELETE', `/v1/keys/${id}`),
    ])
    expect([201, 409]).toContain(rotated.status)
    expect(revoked.status).toBe(200)
    expect(await tagged('torn')).toHaveLength(rotated.status === 201 ? 2 : 1)
    expect((await read(`/v1/keys/${id}`)).status).toBe('revoked')
  })

  it.each(['\u0000', '\ud800', "a' OR 1=1 --\u0000"])('writes %j where ids go, and finds nothing', async (text) => {
    const cursor = Buffer.from(JSON.stringify([text])).toString('base64url')
    for (const list of ['keys', 'keys/unused', 'services', 'approvals', 'webhooks', 'notices/outbox', 'audit/events']) {
      expect(await read(`/v1/${list}?cursor=${cursor}`), list).toMatchObject({ status: 400, code: 'CURSOR_INVALID' })
    }
    const refusal = { status: 400, code: 'INPUT_INVALID' }
    expect(await read('/v1/keys?owner=x%00')).toMatchObject(refusal)
    expect((await post('/v1/keys/revoke', { owner: text })).body).toMatchObject(refusal)
  })

  it('tells of uses from what is no address, of keys that are none: what others do is counted all the same', async () => {
    const { id } = await make()
    const teller = (await control.keyWith(['keys:verify'])).key
    const request = {
      ...{ type: 'request.allowed', age: 0, credential: id, address: '\u0000\ud800', resource: '/\u0000', status: 200 },
      ...{ code: null, principalKind: null, principal: null, userAgent: '\u0000', method: 'GET', route: null },
      ...{ duration: 1, bytesIn: 0, bytesOut: 0, requestId: null, stage: null, reason: null },
    }
    const strangers = Array.from({ length: 400 }, (_, i) => `key_${String(i).padStart(24, '0')}`)
    const uses = [
      ...strangers.map((key) => ({ key, address: '192.0.2.66', count: 1000 })),
      ...['\u0000', '\ud800', 'nowhere'].map((address) => ({ key: id, address, count: 1 })),
      { key: id, address: '192.0.2.7', count: 1 },
    ]
    expect((await post('/v1/keys/uses', { uses, requests: [request] }, teller)).status).toBe(204)
    await expect
      .poll(() => read(`/v1/keys/${id}/usage`), { timeout: 5000 })
      .toMatchObject({
        total: 4,
        lastUsedFrom: '192.0.2.7',
        traffic: { hour: { requests: 1 } },
        addresses: [],
      })
    for (const stranger of strangers.slice(0, 3)) {
      expect((await read(`/v1/keys/${stranger}/usage`)).code).toBe('KEY_UNKNOWN')
    }
  })

  it('hears of no change without the permission', async () => {
    const { key } = await make()
    const answers = await Promise.all(
      [null, key].map((credential) => control.call(credential, 'GET', '/v1/keys/changes')),
    )
    expect(answers.map(({ body }) => body.code)).toEqual(['CREDENTIAL_MISSING', 'PERMISSION_MISSING'])
  })
})
