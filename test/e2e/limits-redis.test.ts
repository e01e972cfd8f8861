import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { backends, canStart, startRedis, type World } from '../support/backends.ts'
import { openCable } from '../support/cable.ts'
import { type Control, openControl } from '../support/control.ts'
import { openSlowUpstream, type SlowUpstream } from '../support/slow-upstream.ts'

function routesTo(upstream: string): Record<string, string> {
  const route = (id: string, limits: object[], more = {}) => ({
    id,
    match: { path: `/${id}/**` },
    upstream: 'orders',
    authenticate: ['apiKey'],
    require: { level: 'known' },
    limits,
    ...more,
  })
  return {
    // One service owns all the keys of this suite.
    SALLYPORT_KEYS_CLASSIFICATIONS_LOW_MOST_ACTIVE: '1000',
    SALLYPORT_GATEWAY_UPSTREAMS: JSON.stringify({ orders: { targets: [upstream] } }),
    SALLYPORT_GATEWAY_ROUTES: JSON.stringify([
      route('orders', [], { whenDown: 'open-with-local-limits' }),
      route('tight', [{ by: 'route', max: 5, per: 'minute' }]),
      route('monthly', [{ by: 'key', max: 2, per: 'month' }]),
      route('services', [{ by: 'principal', max: 3, per: 'minute' }]),
    ]),
  }
}

type Made = { readonly id: string; readonly key: string }

describe.each(backends)('limits of keys and routes on $name', ({ open }) => {
  let world: World
  let upstream: SlowUpstream
  let nodes: Control[] = []
  let admin: string

  beforeAll(async () => {
    world = await open()
    upstream = await openSlowUpstream()
    const options = { role: 'all', env: routesTo(upstream.url) } as const
    // Without Redis each process counts for itself, so there is one.
    nodes = [await openControl(world, options)]
    if (world.redisUrl !== null) nodes.push(await openControl(world, options))
    admin = (await (nodes[0] as Control).keyWith(['*'])).key
  })
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    await upstream?.close()
    await world?.close()
  })

  let turn = 0
  const nextNode = () => nodes[turn++ % nodes.length] as Control

  const make = async (body: object): Promise<Made> => {
    const answer = await nextNode().call(admin, 'POST', '/v1/keys', { name: 'limited', ...body })
    expect(answer.status).toBe(201)
    return answer.body
  }
  /** Asks through one gateway after the other. */
  const use = async ({ key }: Made, path = '/orders/1', signal?: AbortSignal) => {
    const answer = await fetch(`${nextNode().serving.gateway}${path}`, {
      headers: { 'x-api-key': key },
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, code: answer.ok ? null : JSON.parse(text).code }
  }
  const codes = async (times: number, key: Made, path?: string) => {
    const all: (string | null)[] = []
    for (let i = 0; i < times; i++) all.push((await use(key, path)).code)
    return all
  }
  const passed = (all: readonly (string | null)[]) => all.filter((code) => code === null).length
  const verify = async ({ key }: Made) => (await nextNode().call(admin, 'POST', '/v1/keys/verify', { key })).body

  it('all windows of a key hold, all are shown, and the tightest speaks', async () => {
    const key = await make({
      rateLimits: [
        { max: 100, per: 'hour' },
        { max: 3, per: 'minute' },
        { max: 50, per: 'day' },
      ],
    })
    const first = await use(key)
    expect(first.status).toBe(200)
    expect(first.headers.get('ratelimit-policy')).toBe(
      '"key-hour-1";q=100;w=3600, "key-minute-2";q=3;w=60, "key-day-3";q=50;w=86400',
    )
    expect(first.headers.get('ratelimit')).toMatch(
      /^"key-hour-1";r=99;t=\d+, "key-minute-2";r=2;t=\d+, "key-day-3";r=49;t=\d+$/,
    )
    expect([first.headers.get('x-ratelimit-limit'), first.headers.get('x-ratelimit-remaining')]).toEqual(['3', '2'])
    expect(await codes(2, key)).toEqual([null, null])
    const refused = await use(key)
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED'])
    expect(refused.headers.get('ratelimit')).toContain('"key-hour-1";r=97')
    expect([refused.headers.get('x-ratelimit-limit'), refused.headers.get('x-ratelimit-remaining')]).toEqual(['3', '0'])
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(50)
    expect(wait).toBeLessThanOrEqual(61)
  })

  it('a burst passes at once, and the next soon', async () => {
    const key = await make({ rateLimits: [{ max: 60, per: 'minute', burst: 2 }] })
    expect(await codes(3, key)).toEqual([null, null, 'RATE_LIMITED'])
    expect((await use(key)).headers.get('retry-after')).toBe('1')
  })

  it('as many requests of a key as it may are answered at once, and who goes away makes room', async () => {
    const key = await make({ concurrency: 2, rateLimits: [{ max: 100, per: 'minute' }] })
    const leaving = new AbortController()
    const running = [use(key, '/orders/slow'), use(key, '/orders/slow', leaving.signal).catch(() => null)]
    await vi.waitFor(() => expect(upstream.waiting).toHaveLength(2))
    const refused = await use(key)
    expect([refused.status, refused.code]).toEqual([429, 'CONCURRENCY_LIMITED'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    leaving.abort()
    await vi.waitFor(async () => expect((await use(key)).status).toBe(200), 5000)
    expect((await use(key)).headers.get('x-ratelimit-remaining')).toBe('96')
    for (const response of upstream.waiting.splice(0)) response.end('{}')
    expect((await running[0])?.status).toBe(200)
    expect(await Promise.all([use(key), use(key)])).toMatchObject([{ status: 200 }, { status: 200 }])
  })

  it('what a rate limit refuses costs nothing of the usage limit', async () => {
    const key = await make({
      usageLimit: { max: 5, per: 'month', exact: true },
      rateLimits: [{ max: 2, per: 'minute' }],
    })
    expect(passed(await codes(10, key))).toBe(2)
    const { body } = await nextNode().call(admin, 'GET', `/v1/keys/${key.id}/usage`)
    expect(body.quotaUsed).toBe(2)
  })

  it('what the key’s own limit refuses costs nothing of the route’s', async () => {
    const [greedy, modest] = [await make({ rateLimits: [{ max: 1, per: 'minute' }] }), await make({})]
    const first = await use(greedy, '/tight/1')
    expect(first.headers.get('ratelimit')).toMatch(/^"route-60s";r=4;t=\d+, "key-minute-1";r=0;t=\d+$/)
    expect(await codes(10, greedy, '/tight/1')).not.toContain(null)
    expect(passed(await codes(10, modest, '/tight/1'))).toBe(4)
  })

  it('a monthly quota of a route is used up for each key by itself', async () => {
    const [one, other] = [await make({}), await make({})]
    expect(passed(await codes(4, one, '/monthly/1'))).toBe(2)
    const { headers } = await use(other, '/monthly/1')
    expect(headers.get('ratelimit-policy')).toBe('"key-month";q=2;w=2629800')
    expect(Number((await use(one, '/monthly/1')).headers.get('retry-after'))).toBeLessThanOrEqual(31 * 86_400)
  })

  it('a limit by principal counts all keys of one owner together', async () => {
    const service = await nextNode().call(admin, 'POST', '/v1/services', { name: `billing-${Date.now()}` })
    const owner = { kind: 'service', id: service.body.id }
    const [one, other] = [await make({ owner }), await make({ owner })]
    const all = [...(await codes(2, one, '/services/1')), ...(await codes(2, other, '/services/1'))]
    expect(all).toEqual([null, null, null, 'RATE_LIMITED'])
  })

  it('verification charges the same windows, and says where the caller stands and when to come back', async () => {
    const key = await make({
      rateLimits: [
        { max: 3, per: 'minute' },
        { max: 9, per: 'hour' },
      ],
    })
    expect(await verify(key)).toMatchObject({
      valid: true,
      limits: [
        { name: 'key-minute-1', max: 3, remaining: 2 },
        { name: 'key-hour-2', max: 9, remaining: 8 },
      ],
    })
    expect((await use(key)).status).toBe(200)
    await verify(key)
    const refused = await verify(key)
    expect(refused).toMatchObject({ valid: false, code: 'RATE_LIMITED', limits: [{ remaining: 0 }, { remaining: 6 }] })
    expect(refused.retryAfter).toBeGreaterThan(50)
  })
})

const [, large] = backends

describe.skipIf(!canStart.redis || large === undefined)('a server whose Redis is away', () => {
  const stops: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })

  it('goes on with its part of each limit, tells of it once, and returns by itself', { timeout: 60_000 }, async () => {
    const world = await (large as NonNullable<typeof large>).open()
    stops.push(world.close)
    const server = await startRedis()
    stops.push(server.stop)
    const cable = await openCable(server.url)
    stops.push(cable.close)
    const upstream = await openSlowUpstream()
    stops.push(upstream.close)
    const control = await openControl(
      { ...world, redisUrl: cable.url },
      { role: 'all', env: { ...routesTo(upstream.url), SALLYPORT_LIMITS_PROCESSES: '2' } },
    )
    stops.push(control.stop)
    const { key: admin } = await control.keyWith(['*'])
    const { key } = await control.keyWith([], { rateLimits: [{ max: 10, per: 'hour' }] })
    const passing = async () => {
      const all = await Promise.all(
        Array.from({ length: 30 }, () =>
          fetch(`${control.serving.gateway}/orders/1`, { headers: { 'x-api-key': key } }),
        ),
      )
      return all.filter(({ status }) => status === 200).length
    }
    const told = async (type: string) => {
      const { body } = await control.call(admin, 'GET', `/v1/audit/events?type=${type}`)
      return body.items
    }
    const tight = async () => {
      const answer = await fetch(`${control.serving.gateway}/tight/1`, { headers: { 'x-api-key': key } })
      return [answer.status, ((await answer.json()) as { code?: string }).code, answer.headers.get('retry-after')]
    }
    await cable.cut()
    expect(await passing()).toBe(5)
    expect(await tight()).toEqual([503, 'LIMITS_UNAVAILABLE', '5'])
    await vi.waitFor(async () => expect(await told('limits.local')).toMatchObject([{ route: 'orders' }]), 5000)
    await vi.waitFor(async () => expect(await told('limits.alone')).toHaveLength(1), 5000)
    await cable.mend()
    await vi.waitFor(async () => expect(await told('limits.shared')).toHaveLength(1), 15_000)
    expect(await passing()).toBe(10)
    expect((await told('limits.alone'))[0]).toMatchObject({ outcome: 'failure', details: { processes: 2 } })
  })
})
