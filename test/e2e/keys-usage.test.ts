import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { eventually, openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'

const COUNTRIES = fileURLToPath(new URL('../data/geoip/GeoIP2-Country-Test.mmdb', import.meta.url))
const DAY = 86_400_000

const yaml = (upstream: string) => `
geo: { database: ${COUNTRIES} }
gateway:
  trustedProxies: [127.0.0.1]
  upstreams: { orders: { targets: ["${upstream}"] } }
  routes:
    - { id: orders, match: { path: /orders/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }
    - { id: admin, match: { path: /admin/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }
`

/** Answers `/orders/STATUS/MILLISECONDS/…` with that status after that time. */
async function startTeller(): Promise<{ url: string; close: () => Promise<unknown> }> {
  const server: Server = createServer((request, response) => {
    const [, , status, delay] = (request.url ?? '').split('/')
    request.resume()
    setTimeout(() => response.writeHead(Number(status)).end(), Number(delay))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

describe.each(backends)('what the traffic of keys tells, on $name', ({ open }) => {
  let world: World
  let control: Control
  let teller: Awaited<ReturnType<typeof startTeller>>
  let admin: string

  beforeAll(async () => {
    world = await open()
    teller = await startTeller()
    await writeFile(join(world.dataDir, 'sallyport.yaml'), yaml(teller.url))
    control = await openControl(world, { role: 'all' })
    admin = (await control.keyWith(['*'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await teller?.close()
    await world?.close()
  })

  const ask = async (key: string, path: string, from = '192.0.2.7') => {
    const headers = { 'x-api-key': key, 'x-forwarded-for': from }
    const answer = await fetch(`${control.serving.gateway}${path}`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  const usage = async (id: string, query = '') =>
    (await control.call(admin, 'GET', `/v1/keys/${id}/usage${query}`)).body
  // Traffic and uses are written each at a time of its own.
  const seen = async (id: string, requests: number) => {
    const here = await eventually(async () => (await usage(id)).traffic.month.requests >= requests, 5000)
    await control.serving.system.keys.flush()
    return here
  }

  it('counts a hundred requests by how they ended, exactly, and times them', async () => {
    const { id, key } = await control.keyWith([], { resources: ['/orders/**'] })
    const ends = [
      ...Array.from({ length: 60 }, (_, i) => ['/orders/200/0', i]),
      ...Array.from({ length: 12 }, (_, i) => ['/orders/201/150', i]),
      ...Array.from({ length: 10 }, (_, i) => ['/orders/404/0', i]),
      ...Array.from({ length: 10 }, (_, i) => ['/orders/500/0', i]),
      ...Array.from({ length: 8 }, (_, i) => ['/admin/200/0', i]),
    ] as const
    await Promise.all(ends.map(([path, i]) => ask(key, `${path}/item-${i}`)))
    expect(await seen(id, 100)).toBe(true)
    const { traffic, endpoints, addresses, countries, codes, ...rest } = await usage(id, '?period=day')
    expect(traffic.month).toMatchObject({ requests: 100, succeeded: 72, denied: 8, failed: 20 })
    expect(traffic.day).toMatchObject({ successRate: 0.72, errorRate: 0.28 })
    // Of a hundred, the twelve slowest took 150 ms or more; percentiles are within one percent, clocks within one tick.
    expect(traffic.day.p95Ms).toBeGreaterThanOrEqual(147)
    expect(traffic.day.p99Ms).toBeGreaterThanOrEqual(traffic.day.p95Ms)
    expect(traffic.day.averageMs).toBeGreaterThanOrEqual((12 * 148) / 100)
    expect(endpoints).toContainEqual({
      method: 'GET',
      route: 'admin',
      path: '/admin/{id}/{id}/{id}',
      requests: 8,
      margin: 0,
    })
    expect(endpoints).toHaveLength(2)
    expect(addresses).toEqual([{ address: '192.0.2.7', requests: 100, margin: 0 }])
    expect(countries).toEqual([])
    // The answer of an upstream that broke is replaced by one of ours.
    expect(codes).toEqual([
      { code: 'UPSTREAM_ERROR', requests: 10, margin: 0 },
      { code: 'RESOURCE_NOT_ALLOWED', requests: 8, margin: 0 },
    ])
    // Refused requests are traffic, not uses.
    expect(rest).toMatchObject({ total: 92, hour: 92, day: 92, month: 92, lastUsedFrom: '192.0.2.7', series: null })
  })

  it('names the countries that a key is used from, in its usage and in the Events', async () => {
    const { id, key } = await control.keyWith([])
    await ask(key, '/orders/200/0', '89.160.20.112')
    await ask(key, '/orders/200/0', '81.2.69.160')
    await ask(key, '/orders/200/0', '81.2.69.160')
    expect(await seen(id, 3)).toBe(true)
    expect((await usage(id)).countries).toEqual([
      { country: 'GB', requests: 2, margin: 0 },
      { country: 'SE', requests: 1, margin: 0 },
    ])
    const told = async () =>
      (await control.call(admin, 'GET', '/v1/audit/events?limit=100')).body.items
        .filter(
          (event: { credential: string | null; type: string }) =>
            event.credential === id && event.type === 'request.allowed',
        )
        .map((event: { country: string | null }) => event.country)
    expect(await eventually(async () => (await told()).length === 3, 5000)).toBe(true)
    expect((await told()).sort()).toEqual(['GB', 'GB', 'SE'])
  })

  it('counts what a verification was asked for', async () => {
    const { id, key } = await control.keyWith([], { allowedIps: ['89.160.20.0/24'] })
    const verify = (ip: string) =>
      control.call(admin, 'POST', '/v1/keys/verify', { key, ip, method: 'GET', resource: '/books/12' })
    await verify('89.160.20.112')
    await verify('10.0.0.1')
    expect(await seen(id, 2)).toBe(true)
    expect(await usage(id)).toMatchObject({
      total: 1,
      lastUsedFrom: '89.160.20.112',
      traffic: { hour: { requests: 2, succeeded: 1, denied: 1, p95Ms: null } },
      endpoints: [{ method: 'GET', route: null, path: '/books/{id}', requests: 2 }],
      countries: [{ country: 'SE', requests: 1 }],
      codes: [{ code: 'IP_NOT_ALLOWED', requests: 1 }],
    })
  })

  it('leaves a verification out of the traffic when its request is told of by itself', async () => {
    const { id, key } = await control.keyWith([])
    const ask = (more: object) => control.call(admin, 'POST', '/v1/keys/verify', { key, ip: '192.0.2.7', ...more })
    await ask({ toldLater: true })
    await ask({ ip: '::ffff:192.0.2.7' })
    expect(await seen(id, 1)).toBe(true)
    expect(await usage(id)).toMatchObject({ total: 2, traffic: { month: { requests: 1 } } })
    expect((await usage(id)).addresses).toEqual([{ address: '192.0.2.7', requests: 1, margin: 0 }])
  })

  it('tells nothing of who did not prove a secret', async () => {
    const { id, key } = await control.keyWith([])
    const forged = `${key.slice(0, -10)}${key.slice(-10).split('').reverse().join('')}`
    expect(await ask(forged, '/orders/200/0')).toBe(401)
    expect(await ask(key, '/orders/200/0')).toBe(200)
    expect(await seen(id, 1)).toBe(true)
    expect((await usage(id)).traffic.month).toMatchObject({ requests: 1, denied: 0 })
  })

  it('counts a key that is used on the control plane only as used', async () => {
    const { id, key } = await control.keyWith(['keys:read'])
    await control.call(key, 'GET', '/v1/keys')
    await control.call(key, 'DELETE', '/v1/keys/key_1hq3v0c9kd5m7w2x8p4t6r1a')
    expect(await seen(id, 2)).toBe(true)
    expect(await usage(id)).toMatchObject({ total: 1, traffic: { month: { requests: 2, succeeded: 1, denied: 1 } } })
  })

  it('answers a series that adds up to the whole', async () => {
    const { id, key } = await control.keyWith([])
    for (let i = 0; i < 5; i++) await ask(key, '/orders/200/0')
    expect(await seen(id, 5)).toBe(true)
    for (const [by, points] of [
      ['minute', 60],
      ['hour', 24],
      ['day', 30],
    ] as const) {
      const { series } = await usage(id, `?series=${by}`)
      expect(series).toMatchObject({ by })
      expect(series.points).toHaveLength(points)
      expect(series.points.reduce((sum: number, point: { requests: number }) => sum + point.requests, 0)).toBe(5)
    }
    const from = new Date(Date.now() - 7_200_000).toISOString()
    expect((await usage(id, `?series=hour&from=${from}`)).series.points).toHaveLength(3)
  })

  const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
  it.each([
    ['series=week', 'series'],
    ['period=year', 'period'],
    ['series=hour&from=yesterday', 'from'],
    [`from=${ago(DAY)}`, 'from'],
    [`series=hour&from=${ago(DAY)}&to=${ago(2 * DAY)}`, 'from'],
    [`series=minute&from=${ago(2 * DAY)}`, 'from'],
    [`series=day&from=${ago(3000 * DAY)}`, 'from'],
    [`series=hour&to=${ago(-DAY)}`, 'to'],
    ['series=hour&series=day', 'series'],
    ['surprise=1', 'surprise'],
  ])('refuses ?%s naming %s', async (query, path) => {
    const { id } = await control.keyWith([])
    const answer = await control.call(admin, 'GET', `/v1/keys/${id}/usage?${query}`)
    expect(answer.body).toMatchObject({ status: 400, code: 'INPUT_INVALID' })
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(`query.${path}`)
  })

  it.each([
    '/v1/keys/usage/top?limit=51',
    '/v1/keys/usage/top?period=week',
    '/v1/keys/unused?days=0',
    '/v1/keys/unused?days=731',
    '/v1/keys/unused?cursor=abc',
  ])('refuses %s', async (path) => {
    expect((await control.call(admin, 'GET', path)).status).toBe(400)
  })

  it('shows nobody what is somebody else’s', async () => {
    const mine = await control.keyWith(['keys:read'], { name: 'mine' })
    const service = await control.call(admin, 'POST', '/v1/services', { name: `other-${Date.now()}` })
    const theirs = await control.call(admin, 'POST', '/v1/keys', {
      name: 'theirs',
      owner: { kind: 'service', id: service.body.id },
    })
    await ask(mine.key, '/orders/200/0')
    await ask(theirs.body.key, '/orders/200/0')
    expect(await seen(theirs.body.id, 1)).toBe(true)
    expect((await control.call(mine.key, 'GET', `/v1/keys/${theirs.body.id}/usage`)).body.code).toBe('KEY_UNKNOWN')
    const idsOf = async (key: string) =>
      (await control.call(key, 'GET', '/v1/keys/usage/top?limit=50')).body.items.map(({ id }: { id: string }) => id)
    expect(await idsOf(mine.key)).toContain(mine.id)
    expect(await idsOf(mine.key)).not.toContain(theirs.body.id)
    expect(await idsOf(admin)).toContain(theirs.body.id)
    expect((await control.call(null, 'GET', '/v1/keys/usage/top')).status).toBe(401)
  })
})

describe.each(backends)('keys that nobody uses, on $name', ({ open }) => {
  it('are listed in pages: old enough, still working, not used for so long', async () => {
    const world = await open()
    let now = Date.UTC(2027, 0, 1)
    const control = await openControl(world, { clock: { now: () => now } })
    const admin = (await control.keyWith(['*'])).key
    // Ids tell the time: one made later comes first in the list.
    const made = async (more = {}) => {
      now += 1000
      return control.keyWith([], more)
    }
    const never = await made()
    const once = await made()
    const often = await made()
    const revoked = await made()
    await made({ expiresAt: now + 10 * DAY })
    const use = async ({ key }: { key: string }) => {
      await control.call(admin, 'POST', '/v1/keys/verify', { key })
      await control.serving.system.keys.flush()
    }
    await use(once)
    await control.call(admin, 'DELETE', `/v1/keys/${revoked.id}`)
    now += 20 * DAY
    await use(often)
    const young = await made()
    now += 20 * DAY
    await use(often)
    const unused = async (query = '') =>
      (await control.call(admin, 'GET', `/v1/keys/unused${query}`)).body as {
        items: { id: string; lastUsedAt: string | null }[]
        nextCursor: string | null
      }
    expect((await unused()).items).toMatchObject([
      { id: once.id, lastUsedAt: expect.stringMatching(/^2027-01-01T/) },
      { id: never.id, lastUsedAt: null },
    ])
    expect((await unused('?days=15')).items.map(({ id }) => id)).toEqual([young.id, once.id, never.id])
    expect((await unused('?days=41')).items).toEqual([])
    const first = await unused('?limit=1')
    expect(first.items.map(({ id }) => id)).toEqual([once.id])
    const second = await unused(`?limit=1&cursor=${first.nextCursor}`)
    expect(second.items.map(({ id }) => id)).toEqual([never.id])
    expect(second.nextCursor).toBeNull()
    await control.stop()
    await world.close()
  })
})

describe.each(backends)('usage over processes, on $name', ({ open }) => {
  let world: World
  let teller: Awaited<ReturnType<typeof startTeller>>
  let place: Place
  let nodes: RunningSallyport[] = []
  let admin: string

  beforeAll(async () => {
    world = await open()
    teller = await startTeller()
    place = await openPlace(world, yaml(teller.url))
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
    nodes = await Promise.all([place.serve(), place.serve()])
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await teller?.close()
    await world?.close()
  })

  type Usage = { total: number; traffic: { month: { requests: number } } }
  const use = async (node: RunningSallyport | undefined, key: string, times: number) => {
    for (let i = 0; i < times; i++) {
      const answer = await fetch(`${node?.gateway}/orders/200/0`, { headers: { 'x-api-key': key } })
      await answer.arrayBuffer()
      expect(answer.status).toBe(200)
    }
  }
  const usage = async (id: unknown) => {
    const answer = await fetch(`${nodes[0]?.control}/v1/keys/${id}/usage`, { headers: { 'x-api-key': admin } })
    return (await answer.json()) as Usage
  }

  it('is the sum of all; a process that is killed loses at most its last second', async () => {
    const { id, key } = await place.json(['keys', 'create', '--name', 'shared'])
    await Promise.all([use(nodes[0], String(key), 20), use(nodes[1], String(key), 30)])
    const whole = async () => {
      const { total, traffic } = await usage(id)
      return total === 50 && traffic.month.requests === 50
    }
    expect(await eventually(whole, 10_000)).toBe(true)
    await use(nodes[1], String(key), 10)
    // One second after the last use everything is written.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await use(nodes[1], String(key), 5)
    await nodes[1]?.kill()
    const { total, traffic } = await usage(id)
    for (const count of [total, traffic.month.requests]) {
      expect(count).toBeGreaterThanOrEqual(60)
      expect(count).toBeLessThanOrEqual(65)
    }
  })

  it('is shown by the command line: of one key, the busiest, those nobody uses', async () => {
    const { id, key } = await place.json(['keys', 'create', '--name', 'busy one'])
    await use(nodes[0], String(key), 3)
    expect(await eventually(async () => (await usage(id)).traffic.month.requests === 3, 10_000)).toBe(true)
    // Traffic and uses are written each at a time of its own.
    expect(await eventually(async () => (await usage(id)).total === 3, 10_000)).toBe(true)
    const [shown, top, unused, wrong] = await Promise.all([
      place.command(['keys', 'usage', String(id), '--series', 'hour']),
      place.command(['keys', 'top', '--period', 'month']),
      place.command(['keys', 'unused']),
      place.command(['keys', 'usage', String(id), '--series', 'week']),
    ])
    expect(shown?.stdout).toMatch(/Let through 3 times: 3 this hour, 3 today, 3 this month/)
    expect(shown?.stdout).toMatch(/REQUESTS {2}ENDPOINT THIS MONTH\n3 +GET \/orders\/\{id\}\/\{id\}/)
    expect(shown?.stdout).toMatch(/month +3 +3 +0 +0 +100\.0 %/)
    expect(top?.stdout).toMatch(/^KEY +REQUESTS +NAME\n/)
    expect(top?.stdout).toMatch(new RegExp(`${id} +3 +busy one`))
    expect(unused).toMatchObject({ stdout: 'Nothing there yet.\n', stderr: '' })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('series') })
  }, 60_000)
})
