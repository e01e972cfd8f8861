import { expect, it } from 'vitest'
import { adviceOf, loadConfig } from './index.ts'

const limit = (by: string) => ({ by, max: 1, per: 'minute' })

it.each([
  [[limit('header:X-A')], 1],
  [[limit('header:X-A'), limit('header:X-A+header:X-B')], 1],
  [[limit('header:X-A'), limit('address')], 0],
  [[limit('header:X-A+address')], 0],
  [[], 0],
])('a route with the limits %j is spoken of %i times', async (limits, times) => {
  const route = { id: 'orders', match: { path: '/a' }, upstream: 'a', public: true, limits }
  const gateway = { upstreams: { a: { targets: ['http://127.0.0.1:1'] } }, routes: [route] }
  const loaded = await loadConfig({ cwd: '/', env: {}, overrides: { gateway } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const advice = adviceOf(loaded.value)
  expect(advice).toHaveLength(times)
  for (const sentence of advice) expect(sentence).toContain('orders counts by headers alone')
})

it.each([
  [true, 0],
  [false, 1],
])(
  'a door for decisions, with a route that answers there or not (%s), is spoken of %i times',
  async (decisions, times) => {
    const route = { id: 'orders', match: { path: '/a' }, upstream: 'a', public: true, limits: [], decisions }
    const upstreams = { a: { targets: ['http://127.0.0.1:1'] } }
    const gateway = { upstreams, routes: [route], decisions: { port: 0, callers: ['10.0.0.0/8'] } }
    const loaded = await loadConfig({ cwd: '/', env: {}, overrides: { gateway } })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const wanted = 'gateway.decisions answers nothing: no route has `decisions: true`.'
    expect(adviceOf(loaded.value)).toEqual(Array.from({ length: times }, () => wanted))
  },
)
