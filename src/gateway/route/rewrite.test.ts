import { afterEach, expect, test } from 'vitest'
import type { RewriteSettings } from '../settings.ts'
import { ask, openRecorder, openWorld, someRoute, withKey } from '../testing.ts'

let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

const NONE = { set: {}, add: {}, remove: [] }

async function gatewayWith(path: string, rewrite: Partial<RewriteSettings>) {
  const upstream = await openRecorder((_, response) =>
    response.writeHead(200, { 'x-old': 'old', 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/plain' }).end('ok'),
  )
  const world = await openWorld({
    targets: [upstream.origin],
    routes: [someRoute({ match: { path, methods: null }, rewrite: { stripPrefix: null, ...rewrite } })],
  })
  open.push(world, upstream)
  return { world, upstream }
}

test.each([
  ['/orders/{id}/lines/{line}', '/v2/{line}/of/{id}', '/orders/7/lines/3?page=2', '/v2/3/of/7?page=2'],
  ['/orders/{id}', '/item-{id}.json', '/orders/caf%C3%A9%20x', '/item-caf%C3%A9%20x.json'],
  ['/orders/**', '/v2/orders/**', '/orders/7/lines', '/v2/orders/7/lines'],
  ['/orders/**', '/v2/**', '/orders', '/v2'],
  ['/orders/**', '/v2/**', '/orders/', '/v2/'],
  ['/t/{tenant}/**', '/{tenant}/all/**', '/t/acme/a/b', '/acme/all/a/b'],
  ['/orders/**', '/**', '/orders', '/'],
  ['/orders/{id}', '/fixed', '/orders/7', '/fixed'],
])('a path %s becomes %s: %s is asked as %s', async (path, instead, asked, seen) => {
  const { world, upstream } = await gatewayWith(path, { path: instead })
  expect((await ask(world.url + asked, { headers: withKey })).status).toBe(200)
  expect(upstream.heads).toEqual([`GET ${seen}`])
})

test('headers of a request are set, added and removed, and hold parameters as they are sent on', async () => {
  const seen: (string | undefined)[][] = []
  const upstream = await openRecorder((incoming, response) => {
    const { headers } = incoming
    seen.push([headers['x-tenant'] as string, headers['x-more'] as string, headers['x-secret'] as string])
    response.end()
  })
  const request = { set: { 'X-Tenant': 't/{tenant}' }, add: { 'X-More': 'ours' }, remove: ['X-Secret'] }
  const match = { path: '/t/{tenant}', methods: null }
  const rewrite = { stripPrefix: null, headers: { request, response: NONE } }
  const world = await openWorld({ targets: [upstream.origin], routes: [someRoute({ match, rewrite })] })
  open.push(world, upstream)
  const headers = { ...withKey, 'x-tenant': 'forged', 'x-more': 'theirs', 'x-secret': 's' }
  await ask(`${world.url}/t/a%C3%A9%20b`, { headers })
  expect(seen).toEqual([['t/a%C3%A9%20b', 'theirs, ours', undefined]])
})

test('headers of an answer are set, added and removed, for whatever the upstream wrote', async () => {
  const response = { set: { 'X-Old': 'new' }, add: { 'Set-Cookie-Note': '{id}' }, remove: ['Set-Cookie'] }
  const { world } = await gatewayWith('/orders/{id}', { headers: { request: NONE, response } })
  const { headers } = await ask(`${world.url}/orders/7`, { headers: withKey })
  expect([headers['x-old'], headers['set-cookie-note'], headers['set-cookie']]).toEqual(['new', '7', undefined])
  expect(headers['content-type']).toBe('text/plain')
})

test('what tells of the inside is not told because a route sets it', async () => {
  const { world } = await gatewayWith('/orders/**', {
    headers: { request: NONE, response: { ...NONE, set: { Server: 'secret/1.0' } } },
  })
  expect((await ask(`${world.url}/orders`, { headers: withKey })).headers.server).toBe(undefined)
})

test('an upstream is asked for another host, and still told which one the client meant', async () => {
  const told: (string | undefined)[] = []
  const upstream = await openRecorder((incoming, response) => {
    told.push(incoming.headers.host, incoming.headers['x-forwarded-host'] as string)
    response.end()
  })
  const rewrite = { stripPrefix: null, host: 'orders.internal:81' }
  const world = await openWorld({ targets: [upstream.origin], routes: [someRoute({ rewrite })] })
  open.push(world, upstream)
  await ask(`${world.url}/orders`, { headers: { ...withKey, host: 'api.example.com' } })
  expect(told).toEqual(['orders.internal:81', 'api.example.com'])
})

test.each([
  [{ headers: { request: { ...NONE, set: { 'X-Principal-Id': 'me' } }, response: NONE } }, 'X-Principal-Id is written'],
  [{ headers: { request: { ...NONE, add: { Authorization: 'x' } }, response: NONE } }, 'carries credentials'],
  [{ headers: { request: NONE, response: { ...NONE, remove: ['Transfer-Encoding'] } } }, 'is about one connection'],
  [{ headers: { request: { ...NONE, set: { 'X-A': 'a\r\nX-B: b' } }, response: NONE } }, 'can not be in a header'],
  [{ headers: { request: { ...NONE, set: { 'X-A': '{nothing}' } }, response: NONE } }, 'no parameter of /orders'],
  [{ path: '/a/{id}' }, 'no parameter of /orders'],
  [{ path: 'a' }, 'must start with'],
  [{ path: '/a/**' }, 'the path does not'],
  [{ path: '/a', stripPrefix: '/orders' }, 'exclude each other'],
  [{ host: 'a b' }, 'is no host'],
])('%j is not loaded', async (rewrite, why) => {
  await expect(gatewayWith('/orders', rewrite)).rejects.toThrow(why)
})
