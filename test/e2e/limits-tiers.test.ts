import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openSlowUpstream, type SlowUpstream } from '../support/slow-upstream.ts'

const route = (id: string, more = {}) => ({
  id,
  match: { path: `/${id}/**` },
  upstream: 'orders',
  authenticate: ['apiKey'],
  require: { level: 'known' },
  ...more,
})

const settings = (upstream: string) => ({
  SALLYPORT_KEYS_CLASSIFICATIONS_LOW_MOST_ACTIVE: '1000',
  SALLYPORT_LIMITS_TIERS: JSON.stringify({
    production: { rates: [{ max: 8, per: 'minute' }], atOnce: 2, maxBody: '1kb' },
    development: { rates: [{ max: 2, per: 'minute' }] },
  }),
  SALLYPORT_LIMITS_TIER_OF: JSON.stringify([
    { tier: 'development', environments: ['test', 'dev', 'int'] },
    { tier: 'production', environments: ['live'] },
  ]),
  SALLYPORT_GATEWAY_UPSTREAMS: JSON.stringify({ orders: { targets: [upstream] } }),
  SALLYPORT_GATEWAY_ROUTES: JSON.stringify([route('orders'), route('dear', { cost: 3, costs: { HEAD: 1 } })]),
})

describe.each(backends)('tiers of keys on $name', ({ open }) => {
  let world: World
  let upstream: SlowUpstream
  let control: Control

  beforeAll(async () => {
    world = await open()
    upstream = await openSlowUpstream()
    control = await openControl(world, { role: 'all', env: settings(upstream.url) })
  })
  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await world?.close()
  })

  const use = async (key: string, path = '/orders/1', init: RequestInit = {}) => {
    const answer = await fetch(`${control.serving.gateway}${path}`, { ...init, headers: { 'x-api-key': key } })
    const text = await answer.text()
    const code = answer.ok || text === '' ? null : (JSON.parse(text) as { code: string }).code
    return { status: answer.status, headers: answer.headers, code }
  }
  const statuses = async (key: string, times: number) => {
    const all: number[] = []
    for (let i = 0; i < times; i++) all.push((await use(key)).status)
    return all
  }

  it('each key is held by what its environment says, beside its own limits', async () => {
    const dev = await control.keyWith([], { environment: 'dev' })
    const other = await control.keyWith([], { environment: 'test' })
    expect(await statuses(dev.key, 3)).toEqual([200, 200, 429])
    expect(await statuses(other.key, 1)).toEqual([200])
    const live = await control.keyWith([], { environment: 'live', rateLimits: [{ max: 100, per: 'hour' }] })
    const { headers } = await use(live.key)
    expect(headers.get('ratelimit-policy')).toBe('"production-60s";q=8;w=60, "key-hour-1";q=100;w=3600')
  })

  it('a request takes what its route costs of every limit, the tier’s too', async () => {
    const { key } = await control.keyWith([], { environment: 'live' })
    expect((await use(key, '/dear/1')).headers.get('x-ratelimit-remaining')).toBe('5')
    expect((await use(key, '/dear/1', { method: 'HEAD' })).headers.get('x-ratelimit-remaining')).toBe('4')
    expect((await use(key, '/dear/1')).headers.get('x-ratelimit-remaining')).toBe('1')
    expect((await use(key, '/dear/1')).code).toBe('RATE_LIMITED')
    expect((await use(key)).status).toBe(200)
  })

  it('as many requests are answered at once as tier and key both allow, and bodies are no larger', async () => {
    const { key } = await control.keyWith([], { environment: 'live', concurrency: 50 })
    const running = [use(key, '/orders/slow'), use(key, '/orders/slow')]
    await vi.waitFor(() => expect(upstream.waiting).toHaveLength(2))
    expect((await use(key)).code).toBe('CONCURRENCY_LIMITED')
    for (const response of upstream.waiting.splice(0)) response.end('{}')
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200])
    const large = await use(key, '/orders/1', { method: 'POST', body: 'a'.repeat(1025) })
    expect(large.status).toBe(413)
  })

  it('verification charges and tells the tier’s limits as well', async () => {
    const { key: admin } = await control.keyWith(['*'], { environment: 'live' })
    const { key } = await control.keyWith([], { environment: 'dev' })
    const verify = async () => (await control.call(admin, 'POST', '/v1/keys/verify', { key })).body
    expect(await verify()).toMatchObject({ valid: true, limits: [{ name: 'development-60s', max: 2, remaining: 1 }] })
    await verify()
    expect(await verify()).toMatchObject({ valid: false, code: 'RATE_LIMITED' })
  })
})
