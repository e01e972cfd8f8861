import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canStart, startRedis, type World } from '../support/backends.ts'
import {
  eventually,
  openPlace,
  type Place,
  type RunningSallyport,
  startUpstream,
  type Upstream,
} from '../support/sallyport.ts'

const routes = (upstream: string) => `
gateway:
  upstreams: { orders: { targets: ["${upstream}"] } }
  routes:
    - { id: orders, match: { path: /orders/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }
`

describe.each(backends)('two server processes on one database, $name', ({ open }) => {
  let world: World
  let upstream: Upstream
  let place: Place
  let nodes: RunningSallyport[] = []
  let admin: string

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    place = await openPlace(world, routes(upstream.url))
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
    nodes = await Promise.all([place.serve(), place.serve()])
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await upstream?.close()
    await world?.close()
  })

  const manage = async (node: RunningSallyport | undefined, method: string, path: string, body?: object) => {
    const headers = { 'x-api-key': admin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const answer = await fetch(`${node?.control}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as { id: string; key: string }
  }
  const use = async (node: RunningSallyport | undefined, key: string) =>
    (await fetch(`${node?.gateway}/orders`, { headers: { 'x-api-key': key } })).status

  it('know a key made on the other at once', async () => {
    const { key } = await manage(nodes[0], 'POST', '/v1/keys', { name: 'shared' })
    expect(await use(nodes[1], key)).toBe(200)
  })

  it.each([
    ['revocation', (id: string) => manage(nodes[0], 'DELETE', `/v1/keys/${id}`)],
    ['suspension', (id: string) => manage(nodes[0], 'POST', `/v1/keys/${id}/suspend`)],
    [
      'change of the allowed addresses',
      (id: string) => manage(nodes[0], 'PATCH', `/v1/keys/${id}`, { allowedIps: ['192.0.2.7'] }),
    ],
  ])('honour a %s made on the other in under one second', async (_name, change) => {
    const { key, id } = await manage(nodes[0], 'POST', '/v1/keys', { name: 'shared' })
    expect(await use(nodes[1], key)).toBe(200)
    await change(id)
    expect(await eventually(async () => (await use(nodes[1], key)) >= 400, 1000)).toBe(true)
    expect(await use(nodes[0], key)).toBeGreaterThanOrEqual(400)
  })

  it('write one record that verifies as a whole', async () => {
    const verified = await place.command(['audit', 'verify', '--json'])
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true })
  })
})

const [, large] = backends

describe.skipIf(!canStart.redis || large === undefined)('two server processes whose bus is down', () => {
  it('honour a revocation within five seconds, and within one when the bus is back', { timeout: 60_000 }, async () => {
    const world = await (large as NonNullable<typeof large>).open()
    const redis = await startRedis()
    const upstream = await startUpstream()
    const place = await openPlace({ ...world, redisUrl: redis.url }, routes(upstream.url))
    const made = async () => (await place.json(['keys', 'create', '--name', 'shared'])) as { id: string; key: string }
    const [before, after] = [await made(), await made()]
    const [one, two] = await Promise.all([place.serve(), place.serve()])
    const use = async (node: RunningSallyport, key: string) =>
      (await fetch(`${node.gateway}/orders`, { headers: { 'x-api-key': key } })).status
    try {
      for (const node of [one, two]) for (const { key } of [before, after]) expect(await use(node, key)).toBe(200)
      await redis.kill()
      await place.json(['keys', 'revoke', before.id])
      for (const node of [one, two])
        expect(await eventually(async () => (await use(node, before.key)) === 401, 5000)).toBe(true)
      await redis.restart()
      await place.json(['keys', 'revoke', after.id])
      for (const node of [one, two])
        expect(await eventually(async () => (await use(node, after.key)) === 401, 5000)).toBe(true)
    } finally {
      await Promise.all([one.stop(), two.stop()])
      await upstream.close()
      await redis.stop()
      await world.close()
    }
  })
})
