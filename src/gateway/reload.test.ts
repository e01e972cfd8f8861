import { afterEach, expect, test } from 'vitest'
import type { Authenticator } from '../core/index.ts'
import { ask, keyAuthenticator, openRecorder, openWorld, settingsOf, someRoute, until, withKey } from './testing.ts'

let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

/** A gateway that knows callers only after a word, so that requests can be held before they are sent on. */
async function hesitantGateway() {
  const upstream = await openRecorder()
  const known = keyAuthenticator()
  const waiting: (() => void)[] = []
  const hesitant: Authenticator = {
    ...known,
    authenticate: (request) =>
      new Promise((resolve) => waiting.push(() => resolve(known.authenticate(request) as never))),
  }
  const world = await openWorld({ targets: [upstream.origin], authenticators: { apiKey: hesitant } })
  open.push(world, upstream)
  return { world, upstream, waiting, known }
}

test('a request that waits while its upstream changes several times goes where it was going', async () => {
  const { world, upstream, waiting, known } = await hesitantGateway()
  const asked = ask(`${world.url}/orders/1`, { headers: withKey })
  await until(() => waiting.length === 1)
  const same = settingsOf({ targets: [upstream.origin] })
  const other = settingsOf({ targets: [upstream.origin], upstream: { connections: 7 } })
  for (const next of [same, other, same, other, same]) world.gateway.reload(next)
  waiting[0]?.()
  expect((await asked).status).toBe(200)
  world.gateway.reload(same, { authenticators: { apiKey: known } })
  expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(200)
})

test('what is lent to routes changes with them, and stays where nothing else is lent', async () => {
  const { world, upstream } = await hesitantGateway()
  const settings = settingsOf({ targets: [upstream.origin], routes: [someRoute()] })
  world.gateway.reload(settings, {
    authenticators: { apiKey: keyAuthenticator() },
    resourceAt: () => ({ resource: 'https://api.example.com' }),
  })
  world.gateway.reload(settings)
  expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(200)
  const told = await ask(`${world.url}/.well-known/oauth-protected-resource/orders`)
  expect(told.json()).toEqual({ resource: 'https://api.example.com' })
})

test('a configuration that does not load lends nothing and forgets nothing of the targets', async () => {
  const down = await openRecorder()
  await down.close()
  const breaker = { failures: 1, statuses: [], open: 60_000 }
  const world = await openWorld({ targets: [down.origin], upstream: { breaker } })
  open.push(world)
  expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(502)
  const before = world.gateway.upstreams()
  const wrong = settingsOf({ targets: [down.origin], routes: [someRoute({ upstream: 'x' })] })
  expect(() => world.gateway.reload(wrong, { authenticators: {} })).toThrow('does not exist')
  expect(world.gateway.upstreams()).toEqual(before)
  expect((await ask(`${world.url}/orders/1`, { headers: withKey })).json()).toMatchObject({ code: 'UPSTREAM_DOWN' })
})
