import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import {
  eventually,
  openPlace,
  type Place,
  type RunningSallyport,
  startUpstream,
  type Upstream,
} from '../support/sallyport.ts'

const routes = (upstream: string) => `
keys:
  classifications: { LOW: { mostActive: null } }
gateway:
  upstreams:
    orders:
      targets: ["${upstream}"]
  routes:
    - id: orders
      match: { path: /orders/**, methods: [GET, POST] }
      upstream: orders
      authenticate: [apiKey]
      require: { scopes: [orders:read] }
      limits:
        - { by: key, max: 5, per: minute }
    - id: health
      match: { path: /health, methods: [GET] }
      upstream: orders
      public: true
`

describe.each(backends)('the first gate on $name', ({ open }) => {
  let world: World
  let upstream: Upstream
  let place: Place
  let server: RunningSallyport

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    place = await openPlace(world, routes(upstream.url))
    server = await place.serve()
  })

  afterAll(async () => {
    await server?.stop()
    await upstream?.close()
    await world?.close()
  })

  const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${server.gateway}${path}`, { headers })
  const makeKey = async (...more: string[]) => {
    const { key, id } = await place.json(['keys', 'create', '--name', 'e2e', '--scope', 'orders:read', ...more])
    return { key: String(key), id: String(id) }
  }

  it('refuses a request without a key, saying how to send one', async () => {
    const answer = await ask('/orders')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('www-authenticate')).toContain('ApiKey')
    expect(await answer.json()).toMatchObject({
      status: 401,
      code: 'CREDENTIAL_MISSING',
      requestId: expect.any(String),
    })
  })

  it.each([
    ['X-API-Key', (key: string) => key],
    ['Authorization', (key: string) => `Bearer ${key}`],
    ['Authorization', (key: string) => `ApiKey ${key}`],
    ['apikey', (key: string) => key],
  ])(
    'lets a request with a key in %s through, and tells the upstream who asks but not the key',
    async (header, write) => {
      const { key, id } = await makeKey()
      const answer = await ask('/orders/7?x=1', {
        [header]: write(key),
        'X-Principal-Id': 'usr_forged',
        'X-Sallyport-Identity': 'forged',
      })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('ratelimit')).toContain('r=4')
      const seen = upstream.seen.at(-1)
      expect(seen?.url).toBe('/orders/7?x=1')
      expect(seen?.headers['x-principal-kind']).toBe('service')
      expect(seen?.headers['x-principal-id']).toMatch(/^svc_/)
      expect(seen?.headers['x-principal-scopes']).toBe('orders:read')
      expect(JSON.stringify(seen?.headers)).not.toContain(key)
      expect(JSON.stringify(seen?.headers)).not.toContain('forged')
      await expectIdentity(String(seen?.headers['x-sallyport-identity']), id)
    },
  )

  async function expectIdentity(token: string, keyId: string): Promise<void> {
    const { createRemoteJWKSet, jwtVerify } = await import('jose')
    const jwks = createRemoteJWKSet(new URL(`${server.control}/oauth/jwks`))
    const { payload } = await jwtVerify(token, jwks, { typ: 'sallyport-identity+jwt', audience: 'orders' })
    expect(payload).toMatchObject({ kind: 'service', cred: keyId, scope: 'orders:read' })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
  }

  it('lets anybody use a route that says so by explicit word', async () => {
    expect((await ask('/health')).status).toBe(200)
    expect(upstream.seen.at(-1)?.headers['x-principal-kind']).toBe('anonymous')
  })

  it('knows nothing of what is not declared', async () => {
    expect(await (await ask('/admin')).json()).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' })
  })

  it('tells a key that proved itself what it lacks', async () => {
    const { key } = await place.json(['keys', 'create', '--name', 'narrow'])
    const answer = await ask('/orders', { 'x-api-key': String(key) })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'SCOPE_MISSING' })
  })

  it('answers a malformed, an unknown and a wrong key with one indistinguishable 401', async () => {
    const { key } = await makeKey()
    const { key: other, id } = await makeKey()
    await place.json(['keys', 'revoke', id])
    const wrong = await wrongSecretOf(key)
    const answers = await Promise.all(
      ['nonsense', `${other.slice(0, -1)}_`, wrong].map((text) =>
        ask('/orders', { 'x-api-key': text, 'x-request-id': 'same-request-id' }),
      ),
    )
    const bodies = await Promise.all(answers.map((answer) => answer.text()))
    const heads = answers.map((answer) => JSON.stringify([...answer.headers].filter(([name]) => name !== 'date')))
    expect(new Set(bodies).size).toBe(1)
    expect(new Set(heads).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ code: 'KEY_INVALID' })
  })

  // A key with the right id and checksum and another secret: what somebody who knows an id could make.
  async function wrongSecretOf(key: string): Promise<string> {
    const { crc32 } = await import('node:zlib')
    const at = 'sp_live_'.length + 24
    const body = `${key.slice(0, at)}${key.slice(at, -6).split('').reverse().join('')}`
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    let rest = crc32(body)
    let checksum = ''
    for (let i = 0; i < 6; i++) {
      checksum = digits.charAt(rest % 62) + checksum
      rest = Math.floor(rest / 62)
    }
    return body + checksum
  }

  it('refuses two different keys at once', async () => {
    const [one, two] = [await makeKey(), await makeKey()]
    const answer = await ask('/orders', { 'x-api-key': one.key, authorization: `Bearer ${two.key}` })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'CREDENTIAL_AMBIGUOUS' })
  })

  it('does not read a key from the query unless the route says so', async () => {
    const { key } = await makeKey()
    expect((await ask(`/orders?api_key=${key}`)).status).toBe(401)
  })

  it('refuses the sixth request of a minute with the time to wait', async () => {
    const { key } = await makeKey()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await ask('/orders', { 'x-api-key': key })).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    const refused = await ask('/orders', { 'x-api-key': key })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('refuses a key within a second of its revocation from another terminal', async () => {
    const { key, id } = await makeKey()
    expect((await ask('/orders', { 'x-api-key': key })).status).toBe(200)
    const revoked = await place.json(['keys', 'revoke', id, '--reason', 'e2e'])
    expect(revoked).toMatchObject({ id, status: 'revoked' })
    const refused = await eventually(async () => (await ask('/orders', { 'x-api-key': key })).status === 401, 1000)
    expect(refused).toBe(true)
    expect(await (await ask('/orders', { 'x-api-key': key })).json()).toMatchObject({ code: 'KEY_REVOKED' })
  })

  it('disables the keys of a disabled service at once', async () => {
    const { id: service } = await place.json(['services', 'create', '--name', `billing-${Date.now()}`])
    const { key } = await makeKey('--service', String(service))
    expect((await ask('/orders', { 'x-api-key': key })).status).toBe(200)
    await place.json(['services', 'disable', String(service)])
    expect(await eventually(async () => (await ask('/orders', { 'x-api-key': key })).status === 401, 1000)).toBe(true)
  })

  it('keeps a record of all of it that verifies and holds no key', async () => {
    const { key, id } = await makeKey()
    await ask('/orders', { 'x-api-key': key })
    await ask('/orders', { authorization: `Bearer ${key}x` })
    await ask('/orders')
    const eventsOf = async () => (await place.json(['audit', 'search', '--credential', id])).items as unknown[]
    const told = await eventually(async () => (await eventsOf()).length > 0, 5000)
    expect(told).toBe(true)
    const { items } = (await place.json(['audit', 'search', '--limit', '100'])) as {
      items: { type: string; code: string | null }[]
    }
    expect(items.map(({ code }) => code)).toEqual(expect.arrayContaining(['CREDENTIAL_MISSING', 'KEY_MALFORMED']))
    expect(JSON.stringify(items)).not.toContain(key)
    const verified = await place.command(['audit', 'verify', '--json'])
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true })
    expect(verified.code).toBe(0)
  })

  it('explains what each stage says to a request, and charges nothing', async () => {
    const { key } = await makeKey()
    const explained = await place.json(['explain', 'GET', '/orders/7', '--api-key', key])
    expect(explained).toMatchObject({ allowed: true })
    const refused = await place.command(['explain', 'GET', '/orders/7', '--json'])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({ allowed: false, code: 'CREDENTIAL_MISSING' })
  })
})
