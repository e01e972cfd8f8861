import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Balancer, openBalancer } from '../support/balancer.ts'
import { openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'
import { openSlowUpstream, type SlowUpstream } from '../support/slow-upstream.ts'

const PROCESSES = 2
const CLIENTS = 8

const routes = (upstream: string) => `
gateway:
  upstreams: { orders: { targets: ["${upstream}"] } }
  routes:
    - { id: orders, match: { path: /orders/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }
`

const [, large] = backends

describe.skipIf(large === undefined)('processes that are restarted one after another while requests go on', () => {
  let world: World
  let upstream: SlowUpstream
  let balancer: Balancer
  let place: Place
  let nodes: RunningSallyport[] = []
  let admin: string

  beforeAll(async () => {
    world = await (large as NonNullable<typeof large>).open()
    upstream = await openSlowUpstream()
    balancer = await openBalancer()
    place = await openPlace(world, routes(upstream.url))
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
    nodes = await Promise.all(Array.from({ length: PROCESSES }, () => place.serve()))
    for (const { gateway } of nodes) balancer.targets.add(gateway)
  })
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await balancer?.close()
    await upstream?.close()
    await world?.close()
  })

  const make = async ({ control }: RunningSallyport) => {
    const headers = { 'x-api-key': admin, 'content-type': 'application/json' }
    const made = await fetch(`${control}/v1/keys`, { method: 'POST', headers, body: '{"name":"in use"}' })
    expect(made.status).toBe(201)
    return (await made.json()) as { id: string; key: string }
  }
  const revoke = async ({ control }: RunningSallyport, id: string) => {
    const answer = await fetch(`${control}/v1/keys/${id}`, { method: 'DELETE', headers: { 'x-api-key': admin } })
    expect(answer.status).toBe(200)
  }
  const statusAt = async ({ gateway }: RunningSallyport, key: string) =>
    (await fetch(`${gateway}/orders/1`, { headers: { 'x-api-key': key } })).status

  /** Kept connections through the balancer, and whether each was closed by an answer that said so. */
  function openClient() {
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS + PROCESSES })
    const told = new WeakSet<Socket>()
    const seen = new WeakSet<Socket>()
    let untold = 0
    let over = false
    const send = (key: string, path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const sent = request(balancer.url + path, { agent, headers: { 'x-api-key': key } }, (response) => {
          if (response.headers.connection === 'close') told.add(response.socket)
          response.resume()
          response.on('error', reject)
          response.on('end', () => resolve(response.statusCode ?? 0))
        })
        sent.on('socket', (socket) => {
          if (seen.has(socket)) return
          seen.add(socket)
          socket.on('close', () => (untold += over || told.has(socket) ? 0 : 1))
        })
        sent.on('error', reject)
        sent.end()
      })
    const close = () => {
      over = true
      agent.destroy()
    }
    return { send, untold: () => untold, close }
  }

  /** Requests without a pause, until it is told to stop. */
  function startLoad(send: (key: string, path: string) => Promise<number>, key: string) {
    const answers: Record<string, number> = {}
    let goesOn = true
    const count = (answer: string | number) => {
      answers[answer] = (answers[answer] ?? 0) + 1
    }
    const client = async () => {
      while (goesOn) await send(key, '/orders/1').then(count, (error: NodeJS.ErrnoException) => count(String(error)))
    }
    const clients = Array.from({ length: CLIENTS }, client)
    return {
      answered: () => Object.values(answers).reduce((sum, many) => sum + many, 0),
      stop: async () => {
        goesOn = false
        await Promise.all(clients)
        return answers
      },
    }
  }

  /** One after another: what is under way when the signal comes, and what is revoked while the process is going. */
  async function restart(place: Place, index: number, send: (key: string, path: string) => Promise<number>) {
    const [leaving, staying] = [nodes[index], nodes[(index + 1) % PROCESSES]] as [RunningSallyport, RunningSallyport]
    const [slow, doomed] = await Promise.all([make(staying), make(staying)])
    for (const node of nodes) expect(await statusAt(node, doomed.key)).toBe(200)
    const underWay = Promise.all(Array.from({ length: PROCESSES }, () => send(slow.key, '/orders/slow')))
    underWay.catch(() => undefined)
    await vi.waitFor(() => expect(upstream.waiting).toHaveLength(PROCESSES), 5_000)

    const stopped = leaving.stop()
    await vi.waitFor(() => expect(statusAt(leaving, doomed.key)).rejects.toThrow(), 5_000)
    await revoke(staying, doomed.id)
    await vi.waitFor(async () => expect(await statusAt(staying, doomed.key)).toBe(401), 1_000)
    for (const response of upstream.waiting.splice(0)) response.end('{}')
    expect(await underWay).toEqual([200, 200])
    expect(await stopped).toBe(0)

    const fresh = await place.serve()
    expect(await statusAt(fresh, doomed.key)).toBe(401)
    nodes[index] = fresh
    balancer.targets.delete(leaving.gateway)
    balancer.targets.add(fresh.gateway)
    return doomed
  }

  it('no request fails, no connection is closed unsaid, and what was revoked meanwhile stays revoked', async () => {
    const client = openClient()
    const load = startLoad(client.send, (await make(nodes[0] as RunningSallyport)).key)
    const before = nodes.map(({ pid }) => pid)
    const revoked = []
    for (let index = 0; index < PROCESSES; index++) {
      const answered = load.answered()
      revoked.push(await restart(place, index, client.send))
      expect(load.answered()).toBeGreaterThan(answered + CLIENTS)
    }
    expect(nodes.filter(({ pid }) => before.includes(pid))).toEqual([])
    for (const { key } of revoked) for (const node of nodes) expect(await statusAt(node, key)).toBe(401)
    expect(Object.keys(await load.stop())).toEqual(['200'])
    expect(client.untold()).toBe(0)
    client.close()
  })
})
