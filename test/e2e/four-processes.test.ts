import { Agent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type RunningSallyport } from '../support/sallyport.ts'
import { openSlowUpstream, type SlowUpstream } from '../support/slow-upstream.ts'

const PROCESSES = 4
/** Connections to each process: so many requests are on their way to it at once. */
const AT_ONCE = 8

const routes = (upstream: string) => `
gateway:
  upstreams: { orders: { targets: ["${upstream}"] } }
  routes:
    - { id: orders, match: { path: /orders/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }
    - { id: prices, match: { path: /prices/** }, upstream: orders, authenticate: [apiKey], require: { level: known }, limits: [{ by: key, max: 1000, per: hour }], counting: approximate }
`

const [, large] = backends

describe.skipIf(large === undefined)('four processes on PostgreSQL and Redis', () => {
  let world: World
  let upstream: SlowUpstream
  let nodes: RunningSallyport[] = []
  let admin: string
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })

  beforeAll(async () => {
    world = await (large as NonNullable<typeof large>).open()
    upstream = await openSlowUpstream()
    const place = await openPlace(world, routes(upstream.url))
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
    // However busy this machine is: a process that takes Redis for dead admits a part of its own.
    const env = { SALLYPORT_LIMITS_TIMEOUT: '5s' }
    nodes = await Promise.all(Array.from({ length: PROCESSES }, () => place.serve({ env })))
  })
  afterAll(async () => {
    agent.destroy()
    await Promise.all(nodes.map((node) => node.stop()))
    await upstream?.close()
    await world?.close()
  })

  type Answer = { readonly status: number; readonly text: string }

  function send(url: string, key: string, body?: object): Promise<Answer> {
    const json = body === undefined ? undefined : JSON.stringify(body)
    const headers = { 'x-api-key': key, ...(json === undefined ? {} : { 'content-type': 'application/json' }) }
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent, method: json === undefined ? 'GET' : 'POST', headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      sent.on('error', reject)
      sent.end(json)
    })
  }

  const make = async (body: object): Promise<string> => {
    const made = await send(`${nodes[0]?.control}/v1/keys`, admin, { name: 'hammered', ...body })
    return JSON.parse(made.text).key
  }
  const throughGateway = async (node: RunningSallyport, key: string, path = '/orders/1') => {
    const { status, text } = await send(`${node.gateway}${path}`, key)
    return status === 200 ? 'VALID' : String(JSON.parse(text).code)
  }
  const byVerification = async (node: RunningSallyport, key: string) =>
    String(JSON.parse((await send(`${node.control}/v1/keys/verify`, admin, { key })).text).code)

  /** Sends so many uses to every process at once, through both of its doors, and counts the answers by their code. */
  async function hammer(key: string, usesOfEach: number): Promise<Record<string, number>> {
    const uses = nodes.flatMap((node) =>
      Array.from({ length: usesOfEach }, (_, i) => (i % 4 === 0 ? byVerification : throughGateway)(node, key)),
    )
    const counts: Record<string, number> = {}
    for (const code of await Promise.all(uses)) counts[code] = (counts[code] ?? 0) + 1
    return counts
  }

  it('let exactly 1000 of a limit of 1000 a minute pass', async () => {
    const key = await make({ rateLimits: [{ max: 1000, per: 'minute' }] })
    expect(await hammer(key, 350)).toEqual({ VALID: 1000, RATE_LIMITED: 400 })
  })

  it('let at most a tenth more pass of a limit that they count approximately', async () => {
    const key = await make({})
    const uses = nodes.flatMap((node) => Array.from({ length: 350 }, () => throughGateway(node, key, '/prices/1')))
    const codes = await Promise.all(uses)
    const passed = codes.filter((code) => code === 'VALID').length
    expect(new Set(codes)).toEqual(new Set(['VALID', 'RATE_LIMITED']))
    expect(passed).toBeGreaterThanOrEqual(1000)
    expect(passed).toBeLessThanOrEqual(1100)
  })

  it('let exactly 500 of an exact usage limit of 500 pass', async () => {
    const key = await make({ usageLimit: { max: 500, per: 'total', exact: true } })
    expect(await hammer(key, 175)).toEqual({ VALID: 500, USAGE_EXHAUSTED: 200 })
  })

  it('answer exactly three requests of a key of concurrency three at once', async () => {
    const key = await make({ concurrency: 3, rateLimits: [{ max: 1000, per: 'minute' }] })
    const uses = nodes.flatMap((node) => [1, 2, 3].map(() => throughGateway(node, key, '/orders/slow')))
    let refused = 0
    for (const use of uses) use.then((code) => (refused += code === 'CONCURRENCY_LIMITED' ? 1 : 0))
    await vi.waitFor(() => expect(refused).toBe(9), 5000)
    await vi.waitFor(() => expect(upstream.waiting).toHaveLength(3), 5000)
    for (const response of upstream.waiting) response.end('{}')
    const codes = await Promise.all(uses)
    expect(codes.filter((code) => code === 'VALID')).toHaveLength(3)
    await vi.waitFor(async () => expect(await throughGateway(nodes[0] as RunningSallyport, key)).toBe('VALID'))
  })
})
