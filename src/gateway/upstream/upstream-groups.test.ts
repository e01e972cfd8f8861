import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { RetrySettings, UpstreamSettings } from '../settings.ts'
import { ask, listen, openRecorder, openWorld, type Recorder, settingsOf, until, withKey } from '../testing.ts'
import type { Target } from './target.ts'
import { createUpstream } from './upstream.ts'

let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

type Answer = Parameters<typeof openRecorder>[0]

async function targets(...answers: readonly Answer[]): Promise<Recorder[]> {
  const made = await Promise.all(answers.map((answer) => openRecorder(answer)))
  open.push(...made)
  return made
}

async function worldBefore(
  all: readonly { readonly origin: string }[],
  upstream: Partial<UpstreamSettings>,
  options: Partial<Parameters<typeof openWorld>[0]> = {},
) {
  const world = await openWorld({ targets: all.map(({ origin }) => origin), upstream, ...options })
  open.unshift(world)
  const get = (path = '/orders/1') => ask(world.url + path, { headers: withKey })
  const told = (type: string) => world.events.filter((event) => event.type === type)
  return { world, get, told }
}

const status =
  (code: () => number): Answer =>
  (_, response, body) =>
    void body().then(() => response.writeHead(code()).end(String(code())))

async function closedOrigin(): Promise<{ origin: string }> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return { origin: `http://127.0.0.1:${port}` }
}

describe('weights', () => {
  test('share requests out smoothly', async () => {
    const [a, b] = (await targets(undefined, undefined)) as [Recorder, Recorder]
    const { get } = await worldBefore([a, b], { weights: { [a.origin]: 3 } })
    for (let i = 0; i < 8; i++) await get(`/orders/${i}`)
    expect(a.heads.map((head) => head.slice(-1)).join('')).toBe('013457')
    expect(b.heads.map((head) => head.slice(-1)).join('')).toBe('26')
  })
})

describe('health checks', () => {
  const health = { path: '/health', interval: 20, timeout: 2_000, healthy: 2, unhealthy: 2, statuses: [200] }
  const orders = ({ heads }: Recorder) => heads.filter((head) => head.includes('/orders')).length

  test('take a target out and bring it back', async () => {
    let sick = true
    const [a, b] = (await targets((incoming, response) => {
      response.writeHead(incoming.url === '/health' && sick ? 500 : 200).end()
    }, undefined)) as [Recorder, Recorder]
    const { get, told } = await worldBefore([a, b], { health })
    await until(() => told('target.unhealthy').length === 1)
    expect(told('target.unhealthy')[0]).toMatchObject({
      outcome: 'failure',
      details: { upstream: 'orders', target: a.origin, reason: 'status 500' },
    })
    for (let i = 0; i < 4; i++) await get()
    expect([orders(a), orders(b)]).toEqual([0, 4])
    sick = false
    await until(() => told('target.healthy').length === 1)
    for (let i = 0; i < 4; i++) await get()
    expect([orders(a), orders(b)]).toEqual([2, 6])
  })

  test('of a target that cannot be reached leave nobody to ask: 503 with Retry-After', async () => {
    const { get, told } = await worldBefore([await closedOrigin()], { health })
    await until(() => told('target.unhealthy').length === 1)
    const answer = await get()
    expect([answer.status, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'UPSTREAM_DOWN', '1'])
  })

  test('time out when a target hangs', async () => {
    const hanging = await targets(() => undefined)
    const { told } = await worldBefore(hanging, { health: { ...health, timeout: 50 } })
    await until(() => told('target.unhealthy').length === 1)
  })

  test('end with the gateway', async () => {
    const [a] = (await targets(undefined)) as [Recorder]
    const { world } = await worldBefore([a], { health })
    await until(() => a.heads.length > 1)
    await world.gateway.close()
    const seen = a.heads.length
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(a.heads.length - seen).toBeLessThanOrEqual(1)
  })
})

describe('a circuit breaker', () => {
  const breaker = { failures: 3, statuses: [500], open: 10_000 }

  test('opens after failures in a row, lets one request try, and closes when it is answered well', async () => {
    let [at, code] = [1_000_000, 500]
    const [a] = (await targets(status(() => code))) as [Recorder]
    const { get, told, world } = await worldBefore([a], { breaker }, { clock: { now: () => at } })
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([500, 500, 500])
    const refused = await get()
    expect([refused.status, refused.json().code, refused.headers['retry-after']]).toEqual([503, 'UPSTREAM_DOWN', '10'])
    expect(a.heads.length).toBe(3)
    expect(world.gateway.upstreams()).toMatchObject([{ upstream: 'orders', requests: 3, failures: 3, isOpen: true }])

    at += 10_000
    expect((await get()).status).toBe(500)
    expect((await get()).status).toBe(503)
    at += 10_000
    code = 200
    expect([(await get()).status, (await get()).status]).toEqual([200, 200])
    expect(a.heads.length).toBe(6)
    expect(['target.opened', 'target.tried', 'target.closed'].map((type) => told(type).length)).toEqual([2, 2, 1])
    expect(told('target.opened')[0]?.details).toEqual({ upstream: 'orders', target: a.origin, failures: 3 })
  })

  test('lets one request try at a time', async () => {
    let at = 1_000_000
    const held: (() => void)[] = []
    const [a] = (await targets((_, response) => {
      if (at === 1_000_000) response.writeHead(500).end()
      else held.push(() => response.end())
    })) as [Recorder]
    const { get } = await worldBefore([a], { breaker: { ...breaker, failures: 1 } }, { clock: { now: () => at } })
    await get()
    at += 10_000
    const first = get()
    await until(() => held.length === 1)
    expect((await get()).status).toBe(503)
    held[0]?.()
    expect((await first).status).toBe(200)
  })

  test('counts what does not answer in time', async () => {
    const hanging = (await targets(() => undefined)) as [Recorder]
    const timeouts = { connect: 1_000, headers: 60, body: 1_000 }
    const { get } = await worldBefore(hanging, { breaker: { ...breaker, failures: 2 }, timeouts })
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([504, 504, 503])
  })

  test('stays open over a change of the configuration that leaves the target there', async () => {
    const [a, b] = (await targets(
      status(() => 500),
      undefined,
    )) as [Recorder, Recorder]
    const { get, world } = await worldBefore([a], { breaker: { ...breaker, failures: 1 } })
    await get()
    expect((await get()).status).toBe(503)
    world.gateway.reload(settingsOf({ targets: [a.origin, b.origin], upstream: { breaker } }))
    for (let i = 0; i < 3; i++) expect((await get()).status).toBe(200)
    expect([a.heads.length, b.heads.length]).toEqual([1, 3])
  })

  test('is told by explain, with the weights', async () => {
    const [a, b] = (await targets(
      status(() => 500),
      undefined,
    )) as [Recorder, Recorder]
    const { get, world } = await worldBefore([a, b], {
      breaker: { ...breaker, failures: 1 },
      weights: { [a.origin]: 2 },
    })
    await get()
    const { stages } = await world.gateway.explain({ method: 'GET', url: '/open/1' })
    const upstream = stages.find(({ stage }) => stage === 'upstream')
    expect(upstream?.detail).toBe(`orders: ${a.origin} (weight 2, breaker open), ${b.origin}`)
  })
})

describe('retries', () => {
  const retries: RetrySettings = {
    attempts: 3,
    on: ['connect', '502', '503', '504', 'timeout'],
    methods: ['GET', 'PUT'],
    timeout: null,
    budget: 20,
    maxBody: 100,
  }

  test('ask another target after a status that says so', async () => {
    const [a, b] = (await targets(
      status(() => 503),
      undefined,
    )) as [Recorder, Recorder]
    const { get, world } = await worldBefore([a, b], { retries })
    for (let i = 0; i < 4; i++) expect((await get()).status).toBe(200)
    expect(b.seen.length).toBe(4)
    expect(world.gateway.upstreams().map((one) => one.retries)).toEqual([0, a.heads.length])
  })

  test('give the last answer when there was no better one', async () => {
    const [a] = (await targets(status(() => 503))) as [Recorder]
    const { get } = await worldBefore([a], { retries })
    const answer = await get()
    expect([answer.status, answer.body.toString(), a.heads.length]).toEqual([503, '503', 3])
  })

  test('leave other statuses alone', async () => {
    const [a] = (await targets(status(() => 500))) as [Recorder]
    const { get } = await worldBefore([a], { retries })
    expect([(await get()).status, a.heads.length]).toEqual([500, 1])
  })

  test('ask another target when one does not answer in time', async () => {
    const [a, b] = (await targets(() => undefined, undefined)) as [Recorder, Recorder]
    const { get } = await worldBefore([a, b], { retries: { ...retries, timeout: 60 } })
    expect([(await get()).status, (await get()).status]).toEqual([200, 200])
    expect(b.seen.length).toBe(2)
    expect(a.heads.length).toBeGreaterThan(0)
  })

  test('never send what changes something, unless its method is named and its body was kept', async () => {
    const [a] = (await targets(status(() => 503))) as [Recorder]
    const { world } = await worldBefore([a], { retries })
    const send = (method: string, body: string) => ask(`${world.url}/orders/1`, { method, headers: withKey, body })
    const seen: number[] = []
    for (const [method, body] of [
      ['POST', 'x'],
      ['DELETE', ''],
      ['PUT', 'x'.repeat(101)],
      ['PUT', 'x'.repeat(100)],
    ] as const) {
      const before = a.seen.length
      await send(method, body)
      seen.push(a.seen.length - before)
    }
    expect(seen).toEqual([1, 1, 1, 3])
    expect(a.seen.slice(-3).map(({ body }) => body.length)).toEqual([100, 100, 100])
  })

  test('send what was never sent, whatever it is', async () => {
    const [b] = (await targets(undefined)) as [Recorder]
    const { world } = await worldBefore([await closedOrigin(), await closedOrigin(), b], { retries })
    const answer = await ask(`${world.url}/orders`, { method: 'POST', headers: withKey, body: 'once' })
    expect([answer.status, b.seen.map(({ body }) => String(body))]).toEqual([200, ['once']])
  })

  test('are a share of all requests and never multiply a failure', async () => {
    const [a] = (await targets(status(() => 503))) as [Recorder]
    const { get } = await worldBefore([a], { retries: { ...retries, budget: 10 } })
    for (let i = 0; i < 50; i++) await get()
    // Ten in reserve, and a tenth of all but the first, which finds the reserve full.
    expect(a.heads.length).toBe(50 + 10 + 4)
  })

  test('are not made without the word', async () => {
    const [a, b] = (await targets(
      status(() => 503),
      undefined,
    )) as [Recorder, Recorder]
    const { get } = await worldBefore([a, b], {})
    expect([(await get()).status, (await get()).status]).toEqual([503, 200])
  })
})

describe('slow start', () => {
  test('gives a target that comes back a tenth of its share at first, and more and more of it', () => {
    let at = 1_000_000
    const settings = {
      targets: ['http://127.0.0.1:1', 'http://127.0.0.1:2'],
      connections: 1,
      timeouts: { connect: 1, headers: 1, body: 1 },
      slowStart: 10_000,
      breaker: { failures: 1, statuses: [], open: 1_000 },
    }
    const group = createUpstream('orders', settings, () => at)
    const [back] = group.targets as [Target, Target]
    const sharesOf = (picks: number) =>
      Array.from({ length: picks }, () => group.pick()).filter((it) => it === back).length
    group.faulted(back)
    expect(sharesOf(10)).toBe(0)
    at += 1_000
    while (group.pick() !== back);
    group.answered(back, 200)
    // Where it stood in the turns may shift a run of picks by one.
    expect([9, 10, 11]).toContain(sharesOf(110))
    at += 5_000
    expect([9, 10, 11]).toContain(sharesOf(30))
    at += 5_000
    expect([14, 15, 16]).toContain(sharesOf(30))
  })
})

test('what is under way at a target is counted while it is', async () => {
  const held: (() => void)[] = []
  const [a] = (await targets((_, response) => void held.push(() => response.end()))) as [Recorder]
  const { get, world } = await worldBefore([a], {})
  const waiting = get()
  await until(() => held.length === 1)
  expect(world.gateway.upstreams()).toMatchObject([{ target: a.origin, inFlight: 1, requests: 1, failures: 0 }])
  held[0]?.()
  await waiting
  await until(() => world.gateway.upstreams()[0]?.inFlight === 0)
})
