import { describe, expect, test } from 'vitest'
import { anonymous } from '../../core/index.ts'
import { keyAuthenticator, someRoute } from '../testing.ts'
import { createUpstream } from '../upstream/upstream.ts'
import { loadRoute } from './load-routes.ts'
import { createRouteTable } from './route-table.ts'

const settings = { targets: ['http://127.0.0.1:1'], connections: 1, timeouts: { connect: 1, headers: 1, body: 1 } }
const parts = {
  authenticators: { apiKey: keyAuthenticator(anonymous) },
  steps: () => [],
  upstreams: new Map([['orders', createUpstream('orders', settings, () => 0)]]),
}

function load(over: Parameters<typeof someRoute>[0]) {
  return loadRoute(someRoute(over), parts)
}

function table(...declared: readonly (readonly [id: string, path: string, methods?: readonly string[]])[]) {
  const routes = declared.map(([id, path, methods]) => load({ id, match: { path, methods: methods ?? null } }))
  const { find } = createRouteTable(routes)
  return (path: string, method = 'GET') => {
    const found = find({ method, path, host: 'api.test', header: () => undefined })
    return 'code' in found ? found.code : found.id
  }
}

describe('which route a request is on', () => {
  const find = table(
    ['root', '/'],
    ['me', '/users/me'],
    ['user', '/users/{id}'],
    ['userOrders', '/users/{id}/orders'],
    ['files', '/files/**'],
    ['secret', '/files/secret/**'],
    ['one', '/one/*'],
    ['slash', '/slash/'],
  )

  test.each([
    ['/', 'root'],
    ['/users/me', 'me'],
    ['/users/7', 'user'],
    ['/users/me/orders', 'userOrders'],
    ['/files', 'files'],
    ['/files/', 'files'],
    ['/files/a/b/c', 'files'],
    ['/files/secret', 'secret'],
    ['/files/secret/x', 'secret'],
    ['/files/secretx', 'files'],
    ['/one/a', 'one'],
    ['/slash/', 'slash'],
    ['/one', 'ROUTE_NOT_FOUND'],
    ['/one/', 'ROUTE_NOT_FOUND'],
    ['/one/a/b', 'ROUTE_NOT_FOUND'],
    ['/slash', 'ROUTE_NOT_FOUND'],
    ['/users', 'ROUTE_NOT_FOUND'],
    ['/users/', 'ROUTE_NOT_FOUND'],
    ['/Users/me', 'ROUTE_NOT_FOUND'],
    ['/nothing', 'ROUTE_NOT_FOUND'],
    ['/__proto__', 'ROUTE_NOT_FOUND'],
  ])('%s: %s', (path, id) => {
    expect(find(path)).toBe(id)
  })

  test('a parameter is tried when the literal leads nowhere', () => {
    const both = table(['a', '/x/y/z'], ['b', '/x/{any}/w'], ['rest', '/**'])
    expect([both('/x/y/z'), both('/x/y/w'), both('/x/y/q')]).toEqual(['a', 'b', 'rest'])
  })
})

describe('methods', () => {
  const find = table(['read', '/orders', ['GET']], ['write', '/orders', ['POST']], ['all', '/**'])

  test('routes of one path are told apart by method', () => {
    expect([find('/orders', 'GET'), find('/orders', 'POST')]).toEqual(['read', 'write'])
  })

  test('HEAD is on the route of GET', () => {
    expect(find('/orders', 'HEAD')).toBe('read')
  })

  test('an undeclared method on a declared path never falls through to a wider route', () => {
    expect(find('/orders', 'DELETE')).toBe('METHOD_NOT_ALLOWED')
  })

  test('405 says which methods there are', () => {
    const { find: ask } = createRouteTable([load({ match: { path: '/orders', methods: ['GET', 'POST'] } })])
    const asked = { method: 'PUT', path: '/orders', host: 'api.test', header: () => undefined }
    expect(ask(asked)).toMatchObject({ status: 405, headers: { allow: 'GET, POST, HEAD' } })
  })

  test('any method does not mean TRACE or an invented one', () => {
    expect([find('/x', 'TRACE'), find('/x', 'PATCH'), find('/x', 'BREW')]).toEqual([
      'METHOD_NOT_ALLOWED',
      'all',
      'METHOD_NOT_ALLOWED',
    ])
  })
})

describe('what does not load', () => {
  test('two routes for the same requests', () => {
    expect(() => table(['a', '/x'], ['b', '/x'])).toThrow('any method on one path')
    expect(() => table(['a', '/x/{id}', ['GET']], ['b', '/x/{name}', ['GET']])).toThrow('both take GET')
  })

  test.each([
    [{ authenticate: [] }, 'no authenticator and is not public'],
    [{ authenticate: ['jwt'] }, 'authenticator jwt does not exist'],
    [{ authenticate: ['toString'] }, 'authenticator toString does not exist'],
    [{ upstream: 'nowhere' }, 'upstream nowhere does not exist'],
    [{ match: { path: 'orders', methods: null } }, 'must start with'],
    [{ match: { path: '/a/**/b', methods: null } }, 'only at its end'],
    [{ match: { path: '/a//b', methods: null } }, 'empty segment'],
    [{ match: { path: '/a/x{id}', methods: null } }, 'neither plain'],
    [{ input: { maxBody: Number.NaN } }, 'maxBody'],
    [{ rewrite: { stripPrefix: '/ord' } }, 'stripPrefix'],
  ])('%j', (over, why) => {
    expect(() => load(over)).toThrow(why)
  })

  test('a step of a stage that does not exist', () => {
    const step = { name: 'odd', stage: 'later' as 'input', apply: () => undefined }
    expect(() => loadRoute(someRoute(), { ...parts, steps: () => [step] })).toThrow('step odd has no stage')
  })
})
