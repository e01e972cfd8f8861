import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ask,
  KEY,
  keyAuthenticator,
  openRecorder,
  openWorld,
  type Recorder,
  rawHead,
  type Seen,
  sendRaw,
  someRoute,
  someService,
  type World,
  WRONG_KEY,
  withKey,
} from './testing.ts'

let upstream: Recorder
let world: World

beforeAll(async () => {
  upstream = await openRecorder()
  world = await openWorld({
    targets: [upstream.origin],
    authenticators: { apiKey: keyAuthenticator(someService(), true) },
    identity: (principal, audience) => Promise.resolve(`token-for-${principal.id}-at-${audience}`),
    routes: [
      someRoute(),
      someRoute({ id: 'open', match: { path: '/open/**', methods: null }, authenticate: [], public: true }),
      someRoute({ id: 'cut', match: { path: '/v1/api/**', methods: null }, rewrite: { stripPrefix: '/v1/api' } }),
    ],
  })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

async function seenAfter(path: string, headers: Record<string, string> = {}): Promise<Seen> {
  expect((await ask(world.url + path, { headers })).status).toBe(200)
  return upstream.seen.at(-1) as Seen
}

describe('what the upstream is told', () => {
  test('who asks, in plain headers and as a signed identity', async () => {
    const seen = await seenAfter('/orders/1', withKey)
    expect(seen.header('x-principal-id')).toBe('svc_one')
    expect(seen.header('x-principal-kind')).toBe('service')
    expect(seen.header('x-principal-organization')).toBe('org_default')
    expect(seen.header('x-principal-scopes')).toBe('orders:read orders:write')
    expect(seen.header('x-sallyport-identity')).toBe('token-for-svc_one-at-orders')
    expect(seen.header('x-request-id')).toMatch(/^req_/)
    expect(seen.header('forwarded')).toBe(`for=127.0.0.1;host="${world.url.slice(7)}";proto=http`)
    expect(seen.header('x-forwarded-for')).toBe('127.0.0.1')
    expect(seen.header('x-forwarded-proto')).toBe('http')
    expect(seen.header('x-forwarded-host')).toBe(world.url.slice(7))
    expect(seen.header('host')).toBe(upstream.origin.slice(7))
  })

  test('that nobody is known, on a public route', async () => {
    const seen = await seenAfter('/open/1')
    expect(seen.header('x-principal-kind')).toBe('anonymous')
    expect(seen.header('x-principal-scopes')).toBeUndefined()
  })

  test.each([
    'X-Principal-Id',
    'x-PRINCIPAL-scopes',
    'x_principal_id',
    'X.Principal.Id',
    'X-Principal-Anything',
    'X-Sallyport-Identity',
    'x_sallyport_identity',
    'Forwarded',
    'X-Forwarded-For',
    'X_Forwarded_For',
    'X-Forwarded-Prefix',
    'X-Real-IP',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'True-Client-IP',
    'Proxy',
    'X-API_Key',
    'TE',
    'Keep-Alive',
    'Proxy-Authorization',
  ])('nothing that a client says under %s', async (name) => {
    const answer = await sendRaw(world.port, rawHead('GET /orders/1 HTTP/1.1', `${name}: forged`))
    expect(answer.status).toBe(200)
    expect(upstream.seen.at(-1)?.lines.join('\n')).not.toContain('forged')
  })

  test('nothing that the client lists in Connection', async () => {
    await sendRaw(
      world.port,
      rawHead('GET /orders/1 HTTP/1.1', 'X-Hop: here', 'Connection: keep-alive, X-Hop, x-principal-id'),
    )
    const seen = upstream.seen.at(-1)
    expect(seen?.header('x-hop')).toBeUndefined()
    expect(seen?.header('x-principal-id')).toBe('svc_one')
  })

  test('everything else as it came, several lines included', async () => {
    const cookies = ['Cookie: a=1', 'Accept: text/html', 'X-Custom: one', 'X-Custom: two']
    await sendRaw(world.port, rawHead('GET /orders/1 HTTP/1.1', ...cookies))
    const seen = upstream.seen.at(-1)
    expect(seen?.header('cookie')).toBe('a=1')
    expect(seen?.header('accept')).toBe('text/html')
    expect(seen?.header('x-custom')).toBe('one, two')
  })
})

describe('the credential goes no further', () => {
  test('from the header', async () => {
    const seen = await seenAfter('/orders/1', withKey)
    expect(seen.lines.join('\n')).not.toContain(KEY)
    expect(seen.header('authorization')).toBeUndefined()
  })

  test('from the query, and the rest of the query stays as it was', async () => {
    const seen = await seenAfter(`/orders/1?a=%2F&api_key=${KEY}&b=2+3`)
    expect(seen.url).toBe('/orders/1?a=%2F&b=2+3')
    expect((await seenAfter(`/orders/1?api%5Fkey=${KEY}`)).url).toBe('/orders/1')
  })

  test.each(['Authorization', 'X-API-Key', 'apikey'])('from %s on a route that does not read it', async (name) => {
    const value = name === 'Authorization' ? `Bearer ${WRONG_KEY}` : WRONG_KEY
    const seen = await seenAfter(`/open/1?x=${WRONG_KEY}&y=1`, { [name]: value })
    expect(seen.lines.join('\n')).not.toContain(WRONG_KEY)
    expect(seen.url).toBe('/open/1?y=1')
  })

  test("a credential of the upstream's own passes on a public route", async () => {
    expect((await seenAfter('/open/1', { Authorization: 'Basic dXNlcjpwYXNz' })).header('authorization')).toBe(
      'Basic dXNlcjpwYXNz',
    )
  })

  test('nor is it in an Event', async () => {
    await ask(`${world.url}/open/${KEY}/x?k=${KEY}`, { headers: { 'user-agent': `curl ${KEY}`, 'x-request-id': KEY } })
    await ask(`${world.url}/orders/1?api_key=${KEY}`)
    await ask(`${world.url}/orders/1`, { headers: { authorization: `Bearer ${WRONG_KEY}` } })
    expect(JSON.stringify(world.events)).not.toMatch(/sp_test/)
  })
})

describe('the path that is sent on', () => {
  test('is the one that was judged', async () => {
    expect((await seenAfter('/orders/%63af%C3%A9%20x?q=%63', withKey)).url).toBe('/orders/caf%C3%A9%20x?q=%63')
  })

  test.each([
    ['/v1/api/things/1?a=b', '/things/1?a=b'],
    ['/v1/api', '/'],
    ['/v1/api/', '/'],
    ['/%761/a%70i/x', '/x'],
  ])('%s without its prefix is %s', async (path, url) => {
    expect((await seenAfter(path, withKey)).url).toBe(url)
  })
})

describe('the request id', () => {
  test('of the caller is kept when it is well-formed', async () => {
    const answer = await ask(`${world.url}/orders/1`, { headers: { ...withKey, 'x-request-id': 'trace-0123.abc_DEF' } })
    expect(answer.headers['x-request-id']).toBe('trace-0123.abc_DEF')
    expect(upstream.seen.at(-1)?.header('x-request-id')).toBe('trace-0123.abc_DEF')
  })

  test.each(['short', 'a'.repeat(129), 'has spaces in it', 'has"quotes"', KEY])('%s is replaced', async (id) => {
    const answer = await ask(`${world.url}/orders/1`, { headers: { ...withKey, 'x-request-id': id } })
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-z]{24}$/)
  })
})
