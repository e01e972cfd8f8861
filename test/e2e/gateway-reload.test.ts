import { rename, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'
import { openSlowUpstream, type SlowUpstream } from '../support/slow-upstream.ts'

const CLIENTS = 4
const CHANGES = 12
const PATIENCE = 10_000

const ORDERS =
  '{ id: orders, match: { path: /orders/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }'

describe.each(backends)('a gateway whose configuration changes on $name', (backend) => {
  let world: World
  let upstream: SlowUpstream
  let place: Place
  let node: RunningSallyport
  let admin: string

  beforeAll(async () => {
    world = await backend.open()
    upstream = await openSlowUpstream()
    place = await openPlace(world)
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
    node = await place.serve({ yaml: yaml([ORDERS]) })
  })
  afterAll(async () => {
    for (const response of upstream?.waiting.splice(0) ?? []) response.end('{}')
    await node?.stop()
    await upstream?.close()
    await world?.close()
  })

  const yaml = (routes: readonly string[], { more = '', connections = 16 } = {}) => `
${more}
gateway:
  upstreams: { orders: { targets: ["${upstream.url}"], connections: ${connections} } }
  routes:
${routes.map((route) => `    - ${route}`).join('\n')}
`
  const open = (id: string) => `{ id: ${id}, match: { path: /${id} }, upstream: orders, public: true }`
  const headers = () => ({ 'x-api-key': admin })
  const statusOf = async (path: string, at = node) => (await fetch(at.gateway + path, { headers: headers() })).status
  const hangUp = (of = node) => process.kill(of.pid, 'SIGHUP')
  // Put in place whole, as who deploys does.
  const put = async (text: string, of = node) => {
    await writeFile(`${of.file}.new`, text)
    await rename(`${of.file}.new`, of.file)
  }
  const eventsOf = async (type: string) => {
    const answer = await fetch(`${node.control}/v1/audit/events?type=${type}`, { headers: headers() })
    return ((await answer.json()) as { items: { details: Record<string, unknown> }[] }).items
  }

  /** Requests without a pause on kept connections, until it is told to stop. */
  function startLoad(path: string) {
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
    const answers: Record<string, number> = {}
    let goesOn = true
    const send = () =>
      new Promise<string>((resolve) => {
        const sent = request(node.gateway + path, { agent, headers: headers() }, (response) => {
          response.resume()
          response.on('error', (error) => resolve(String(error)))
          response.on('end', () => resolve(String(response.statusCode)))
        })
        sent.on('error', (error) => resolve(String(error)))
        sent.end()
      })
    const client = async () => {
      while (goesOn) {
        const answer = await send()
        answers[answer] = (answers[answer] ?? 0) + 1
      }
    }
    const clients = Array.from({ length: CLIENTS }, client)
    return {
      answered: () => Object.values(answers).reduce((sum, many) => sum + many, 0),
      stop: async () => {
        goesOn = false
        await Promise.all(clients)
        agent.destroy()
        return Object.keys(answers)
      },
    }
  }

  it('fails no request under load, and lets those under way end as they began', async () => {
    const slow = fetch(`${node.gateway}/orders/slow`, { headers: headers() })
    await vi.waitFor(() => expect(upstream.waiting).toHaveLength(1), PATIENCE)
    const load = startLoad('/orders/1')
    for (let change = 1; change <= CHANGES; change++) {
      const answered = load.answered()
      await put(yaml([ORDERS, open(`new-${change}`)], { connections: 16 + change }))
      hangUp()
      await vi.waitFor(async () => expect(await statusOf(`/new-${change}`)).toBe(200), PATIENCE)
      expect(await statusOf(`/new-${change - 1}`)).toBe(404)
      await vi.waitFor(() => expect(load.answered()).toBeGreaterThan(answered), PATIENCE)
    }
    expect(await load.stop()).toEqual(['200'])
    for (const response of upstream.waiting.splice(0)) response.end('{}')
    expect((await slow).status).toBe(200)
    await vi.waitFor(async () => expect(await eventsOf('configuration.changed')).toHaveLength(CHANGES), PATIENCE)
    const [last] = await eventsOf('configuration.changed')
    expect(last?.details).toEqual({
      version: null,
      changed: `gateway.upstreams.orders.connections gateway.routes.new-${CHANGES - 1} gateway.routes.new-${CHANGES}`,
      count: 3,
    })
  })

  it('stays with the last good one, and says every mistake of a bad one', async () => {
    await put(yaml([ORDERS, open('good')]))
    hangUp()
    await vi.waitFor(async () => expect(await statusOf('/good')).toBe(200), PATIENCE)
    await put(yaml(['{ id: orders, match: { path: /orders/** }, upstream: ordres }', open('bad')]))
    hangUp()
    await vi.waitFor(() => expect(node.output()).toContain('there is no upstream \\"ordres\\"'), PATIENCE)
    expect(node.output()).toContain('lets nobody in')
    expect([await statusOf('/good'), await statusOf('/bad'), await statusOf('/orders/1')]).toEqual([200, 404, 200])
    await vi.waitFor(async () => expect(await eventsOf('configuration.refused')).toHaveLength(1), PATIENCE)
    expect((await eventsOf('configuration.refused'))[0]?.details.count).toBe(2)
  })

  it('refuses what needs a restart, names each of it, and takes nothing of what was changed with it', async () => {
    const fixed = 'keys: { brand: other }\nissuer: https://other.example.com'
    const text = yaml([ORDERS, open('with')], { more: fixed }).replace('gateway:', 'gateway:\n  reload: watch')
    await put(text)
    hangUp()
    await vi.waitFor(() => expect(node.output()).toContain('gateway.reload: needs a restart'), PATIENCE)
    for (const path of ['keys.brand', 'issuer']) expect(node.output()).toContain(`${path}: needs a restart`)
    expect(await statusOf('/with')).toBe(404)
    expect(await statusOf('/good')).toBe(200)
  })

  it('counts on where a limit stays, and begins anew where it is another', async () => {
    const limited = (max: number, per = 'hour') =>
      `{ id: few, match: { path: /few }, upstream: orders, public: true, limits: [{ by: address, max: ${max}, per: ${per} }] }`
    const mark = async (name: string, routes: readonly string[]) => {
      await put(yaml([...routes, open(name)]))
      hangUp()
      await vi.waitFor(async () => expect(await statusOf(`/${name}`)).toBe(200), PATIENCE)
    }
    await mark('first', [limited(2)])
    expect([await statusOf('/few'), await statusOf('/few')]).toEqual([200, 200])
    await mark('second', [limited(2)])
    expect(await statusOf('/few')).toBe(429)
    await mark('third', [limited(2, 'day')])
    expect(await statusOf('/few')).toBe(200)
  })

  it('is read as soon as its file changes where that is wanted, and never with half of a file', async () => {
    const watched = (routes: readonly string[]) => yaml(routes).replace('gateway:', 'gateway:\n  reload: watch')
    const other = await place.serve({ yaml: watched([ORDERS]) })
    try {
      await put(watched([ORDERS, open('seen')]), other)
      await vi.waitFor(async () => expect(await statusOf('/seen', other)).toBe(200), PATIENCE)
      await writeFile(other.file, 'gateway: { routes: [ { id: half')
      await vi.waitFor(() => expect(other.output()).toContain('the last good one stays in force'), PATIENCE)
      expect(await statusOf('/seen', other)).toBe(200)
    } finally {
      expect(await other.stop()).toBe(0)
    }
  })
})
