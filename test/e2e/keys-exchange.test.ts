import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const ISSUER = 'https://id.example.com'

describe.each(backends)('exchanging a key on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { env: { SALLYPORT_ISSUER: ISSUER } })
    admin = (await control.keyWith(['*'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const scopes = ['orders:read', 'orders:write']
  const permissions = ['orders:read', 'users:*']
  const keyWith = (more: object = {}) => control.keyWith(permissions, { scopes, ...more })
  const exchange = (key: string | null, body?: object | string, headers: Record<string, string> = {}) =>
    control.call(key, 'POST', '/v1/keys/exchange', body, headers)
  /** As a program that knows nothing but where the public keys are. */
  const verify = (token: string, audience = ISSUER) =>
    jwtVerify(token, createRemoteJWKSet(new URL('/oauth/jwks', control.url)), {
      issuer: ISSUER,
      audience,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    })

  it('gives a JWT that anybody verifies with the published keys alone, for five minutes', async () => {
    const { key, id, owner } = await keyWith()
    const answer = await exchange(key)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body).toMatchObject({ tokenType: 'Bearer', expiresIn: 300, scope: scopes.join(' '), permissions })
    const { payload } = await verify(answer.body.accessToken)
    expect(payload).toMatchObject({
      sub: owner,
      client_id: id,
      akid: id,
      org: 'org_default',
      kind: 'service',
      scope: scopes.join(' '),
      permissions,
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300)
    expect(payload.jti).toMatch(/^tok_/)
    expect(decodeProtectedHeader(answer.body.accessToken)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    await expect(verify(answer.body.accessToken, 'https://other.example.com')).rejects.toThrow()
    const bent = answer.body.accessToken.replace(/\.[^.]+\./, (part: string) => part.replace(/.$/, 'A.').slice(0, -1))
    await expect(verify(`${bent}x`)).rejects.toThrow()
  })

  it('narrows scopes, permissions, audience and life at will, and never widens', async () => {
    const { key } = await keyWith()
    const asked = { scopes: ['orders:read'], permissions: ['users:read'], audience: 'https://api.example.com', ttl: 30 }
    const { body } = await exchange(key, asked)
    expect(body).toMatchObject({ expiresIn: 30, scope: 'orders:read', audience: asked.audience })
    const { payload } = await verify(body.accessToken, asked.audience)
    expect(payload).toMatchObject({ scope: 'orders:read', permissions: ['users:read'] })
    expect((await exchange(key, { scopes: [], permissions: [] })).body).toMatchObject({ scope: '', permissions: [] })
    for (const more of [
      { scopes: ['admin'] },
      { scopes: ['*'] },
      { permissions: ['*'] },
      { permissions: ['orders:*'] },
    ]) {
      const wider = await exchange(key, more)
      expect(wider.body).toMatchObject({ status: 403, code: 'GRANT_EXCEEDED' })
      expect(wider.body.errors).toHaveLength(1)
    }
  })

  it('takes the key as the gateway does, and exactly one', async () => {
    const one = await keyWith()
    const other = await keyWith()
    expect((await exchange(null, {}, { authorization: `Bearer ${one.key}` })).status).toBe(200)
    expect((await exchange(null, {}, { authorization: `ApiKey ${one.key}` })).status).toBe(200)
    expect((await exchange(one.key, {}, { authorization: `Bearer ${other.key}` })).body.code).toBe(
      'CREDENTIAL_AMBIGUOUS',
    )
  })

  it('refuses whoever has no key, or one that proves nothing, with a challenge', async () => {
    const nobody = await exchange(null)
    expect(nobody.body).toMatchObject({ status: 401, code: 'CREDENTIAL_MISSING' })
    expect(nobody.headers.get('www-authenticate')).toContain('ApiKey')
    for (const text of ['nonsense', `sp_live_${'0'.repeat(73)}`]) {
      expect((await exchange(text)).body).toMatchObject({ status: 401, code: 'KEY_INVALID' })
    }
    const { body } = await exchange((await keyWith()).key)
    expect((await exchange(null, {}, { authorization: `Bearer ${body.accessToken}` })).status).toBe(401)
  })

  it.each([
    [{ scopes: 'orders:read' }],
    [{ scopes: ['a b'] }],
    [{ ttl: 0 }],
    [{ ttl: 301 }],
    [{ ttl: 1.5 }],
    [{ audience: '' }],
    [{ audience: 'x'.repeat(256) }],
    [{ audience: 'a\u0000b' }],
    [{ surprise: 1 }],
    [{ scopes: Array.from({ length: 101 }, (_, i) => `s${i}`) }],
    ['[]'],
    ['{'],
  ])('refuses %j', async (body) => {
    expect((await exchange((await keyWith()).key, body)).status).toBe(400)
  })

  it('holds every rule of the key: state, address, domain, second factor, resources', async () => {
    const code = async (more: object, headers: Record<string, string> = {}) =>
      (await exchange((await keyWith(more)).key, {}, headers)).body.code
    expect(await code({ allowedIps: ['192.0.2.0/24'] })).toBe('IP_NOT_ALLOWED')
    expect(await code({ allowedDomains: ['shop.example.com'] })).toBe('DOMAIN_NOT_ALLOWED')
    expect(await code({ allowedDomains: ['shop.example.com'] }, { origin: 'https://shop.example.com' })).toBe(undefined)
    expect(await code({ requireMfa: true })).toBe('MFA_REQUIRED')
    expect(await code({ resources: ['GET /orders/**'] })).toBe('RESOURCE_NOT_ALLOWED')
    expect(await code({ resources: ['POST /v1/keys/exchange', '/orders/**'] })).toBe(undefined)
    const { key, id } = await keyWith()
    expect((await exchange(key)).status).toBe(200)
    await control.call(admin, 'POST', `/v1/keys/${id}/suspend`)
    expect((await exchange(key)).body.code).toBe('KEY_SUSPENDED')
    await control.call(admin, 'DELETE', `/v1/keys/${id}`)
    expect((await exchange(key)).body.code).toBe('KEY_REVOKED')
  })

  it('is a use: it is counted, and limits of the key hold; a refused widening costs nothing', async () => {
    const { key, id } = await keyWith({ usageLimit: { max: 2, per: 'total', exact: true } })
    expect((await exchange(key, { scopes: ['admin'] })).status).toBe(403)
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(key)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    expect(answers.filter(({ body }) => body.code === 'USAGE_EXHAUSTED')).toHaveLength(8)
    await control.serving.system.keys.flush()
    expect((await control.call(admin, 'GET', `/v1/keys/${id}/usage`)).body).toMatchObject({ total: 2 })
    const limited = await keyWith({ rateLimits: [{ max: 1, per: 'hour' }] })
    expect((await exchange(limited.key)).status).toBe(200)
    const second = await exchange(limited.key)
    expect(second.body).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    expect(second.headers.get('retry-after')).toMatch(/^\d+$/)
  })

  it('never outlives the key', async () => {
    const expiresAt = new Date(Date.now() + 60_000)
    const { key } = await keyWith({ expiresAt: expiresAt.getTime() })
    const { body } = await exchange(key)
    expect(body.expiresIn).toBeLessThanOrEqual(60)
    const { payload } = await verify(body.accessToken)
    expect((payload.exp ?? 0) * 1000).toBeLessThanOrEqual(expiresAt.getTime())
  })

  it('tells an Event with the id of the token and never the token', async () => {
    const { key, id } = await keyWith()
    const { body } = await exchange(key, { audience: 'https://api.example.com' })
    const { payload } = await verify(body.accessToken, 'https://api.example.com')
    const { items } = (await control.call(admin, 'GET', `/v1/audit/events?type=key.exchanged&resource=${id}`)).body
    expect(items).toMatchObject([
      { credential: id, details: { jti: payload.jti, audience: 'https://api.example.com', seconds: 300 } },
    ])
    expect(JSON.stringify(items)).not.toContain(body.accessToken.slice(-20))
  })

  it('is in the description of the API, with examples', async () => {
    const { paths } = (await control.call(null, 'GET', '/openapi.json')).body
    const { post } = paths['/v1/keys/exchange']
    expect(JSON.stringify(post.requestBody)).toContain('orders:read')
  })
})

const [sqlite] = backends

describe('keys exchange', () => {
  it('prints the token, of the store at hand or of a server, and says why not with exit code 1', async () => {
    const world = await (sqlite as NonNullable<typeof sqlite>).open()
    try {
      const place = await openPlace(world)
      const made = await place.json(['keys', 'create', '--name', 'x', '--scope', 'orders:read'])
      const key = String(made.key)
      const local = await place.command(['keys', 'exchange', '-'], `${key}\n`)
      expect(local).toMatchObject({ code: 0 })
      expect(local.stdout.trim().split('.')).toHaveLength(3)
      const running = await place.serve()
      try {
        const remote = await place.json(['keys', 'exchange', key, '--server', running.control, '--ttl', '10'])
        expect(remote).toMatchObject({ tokenType: 'Bearer', expiresIn: 10, scope: 'orders:read' })
        const refused = await place.command(['keys', 'exchange', key, '--server', running.control, '--scope', 'admin'])
        expect(refused).toMatchObject({ code: 1 })
        expect(refused.stderr).toContain('GRANT_EXCEEDED')
      } finally {
        await running.stop()
      }
      expect((await place.command(['keys', 'exchange', 'nonsense'])).stderr).toContain('KEY_INVALID')
      expect((await place.command(['keys', 'exchange', '-'], '')).code).toBe(2)
    } finally {
      await world.close()
    }
  }, 60_000)
})
