import { afterEach, expect, test } from 'vitest'
import { ask, openRecorder, openWorld, sendRaw, someRoute } from '../testing.ts'

let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

type Match = NonNullable<NonNullable<Parameters<typeof someRoute>[0]>['match']>

/** A gateway whose public routes have the given ids; the Event of a request says which of them it was on. */
async function gatewayWith(routes: Readonly<Record<string, Partial<Match>>>) {
  const upstream = await openRecorder()
  const world = await openWorld({
    targets: [upstream.origin],
    routes: Object.entries(routes).map(([id, match]) =>
      someRoute({ id, match: { path: '/**', methods: null, ...match }, authenticate: [], public: true }),
    ),
  })
  open.push(world, upstream)
  const routeOf = async (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') => {
    const { status } = await ask(world.url + path, { method, headers })
    const { route } = await world.nextEvent()
    return status === 200 ? route : status
  }
  return { world, upstream, routeOf }
}

test('a route of a host takes its requests only, and comes before those of any host', async () => {
  const { routeOf } = await gatewayWith({
    any: {},
    api: { host: 'api.example.com' },
    tenants: { host: '*.example.com' },
  })
  expect(await routeOf('/x', { host: 'api.example.com' })).toBe('api')
  expect(await routeOf('/x', { host: 'API.example.com:8080' })).toBe('api')
  expect(await routeOf('/x', { host: 'api.example.com.' })).toBe('api')
  expect(await routeOf('/x', { host: 'shop.example.com' })).toBe('tenants')
  expect(await routeOf('/x', { host: 'a.shop.example.com' })).toBe('any')
  expect(await routeOf('/x', { host: 'example.com' })).toBe('any')
  expect(await routeOf('/x', { host: 'evilexample.com' })).toBe('any')
})

test('a path that a host does not have is looked for in wider hosts', async () => {
  const { routeOf } = await gatewayWith({
    api: { host: 'api.test', path: '/orders/**' },
    status: { path: '/status' },
  })
  expect(await routeOf('/status', { host: 'api.test' })).toBe('status')
  expect(await routeOf('/orders/1', { host: 'other.test' })).toBe(404)
})

test('a method that the narrower host does not list never falls through to a wider host', async () => {
  const { routeOf } = await gatewayWith({
    read: { host: 'api.test', path: '/orders', methods: ['GET'] },
    all: { path: '/orders' },
  })
  expect(await routeOf('/orders', { host: 'api.test' }, 'POST')).toBe(405)
  expect(await routeOf('/orders', { host: 'b.test' }, 'POST')).toBe('all')
})

test('two Host headers choose no route', async () => {
  const { world } = await gatewayWith({ any: {}, api: { host: 'api.test' } })
  const answer = await sendRaw(world.port, 'GET /x HTTP/1.1\r\nHost: api.test\r\nHost: other.test\r\n\r\n')
  expect(answer.status).toBe(400)
})

test('among routes of one path the one with more matching headers answers', async () => {
  const { routeOf } = await gatewayWith({
    plain: {},
    beta: { headers: { 'X-Beta': null } },
    two: { headers: { 'X-Version': '2' } },
    both: { headers: { 'x-version': '2', 'x-beta': null } },
  })
  expect(await routeOf('/x')).toBe('plain')
  expect(await routeOf('/x', { 'x-beta': 'anything' })).toBe('beta')
  expect(await routeOf('/x', { 'X-Version': '2' })).toBe('two')
  expect(await routeOf('/x', { 'x-version': '3' })).toBe('plain')
  expect(await routeOf('/x', { 'x-version': '2, 2' })).toBe('plain')
  expect(await routeOf('/x', { 'x-version': '2', 'x-beta': '' })).toBe('both')
})

test('a value comes before mere presence, and a route whose headers are missing leaves the path to wider ones', async () => {
  const { routeOf } = await gatewayWith({
    wide: { path: '/orders/**' },
    present: { path: '/orders/{id}', headers: { 'x-mode': null } },
    exact: { path: '/orders/{id}', headers: { 'x-mode': 'fast' } },
  })
  expect(await routeOf('/orders/1', { 'x-mode': 'fast' })).toBe('exact')
  expect(await routeOf('/orders/1', { 'x-mode': 'slow' })).toBe('present')
  expect(await routeOf('/orders/1')).toBe('wide')
})

test('parameters with patterns come after literals and before those without, the narrower pattern first', async () => {
  const { routeOf } = await gatewayWith({
    word: { path: '/items/{name}', parameters: { name: '\\w+' } },
    number: { path: '/items/{id}', parameters: { id: '[0-9]+' } },
    one: { path: '/items/1' },
    any: { path: '/items/{anything}' },
    version: { path: '/{version}/items/**', parameters: { version: 'v\\d{1,2}' } },
  })
  expect(await routeOf('/items/1')).toBe('one')
  expect(await routeOf('/items/22')).toBe('number')
  expect(await routeOf('/items/abc')).toBe('word')
  expect(await routeOf('/items/a-b')).toBe('any')
  expect(await routeOf('/items/%C3%A9')).toBe('any')
  expect(await routeOf('/v12/items/7/x')).toBe('version')
  expect(await routeOf('/v123/items/7/x')).toBe(404)
})

test('a pattern takes time in proportion to the path, whatever it is', async () => {
  const { routeOf } = await gatewayWith({
    slow: { path: '/a/{x}', parameters: { x: '(a*)*(a|aa)*b' } },
    any: { path: '/a/{x}' },
  })
  expect(await routeOf(`/a/${'a'.repeat(4000)}`)).toBe('any')
})

test('what can not be loaded says why', async () => {
  const loading = (match: Partial<Match>) => gatewayWith({ a: match })
  await expect(loading({ host: 'API.test' })).rejects.toThrow('host API.test is none')
  await expect(loading({ headers: { Cookie: null } })).rejects.toThrow('header Cookie carries credentials')
  await expect(loading({ parameters: { id: '[0-9]+' } })).rejects.toThrow('path has no parameter {id}')
  await expect(loading({ path: '/{id}', parameters: { id: '(' } })).rejects.toThrow('the pattern of {id}')
  await expect(gatewayWith({ a: { headers: { 'X-A': '1' } }, b: { headers: { 'x-a': '1' } } })).rejects.toThrow(
    'routes a and b take any method',
  )
})
