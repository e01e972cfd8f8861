import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { openPlace, type Place, type RunningSallyport, startUpstream, type Upstream } from '../support/sallyport.ts'

const routes = (upstream: string) => `
log: { level: trace }
gateway:
  upstreams: { orders: { targets: ["${upstream}"] } }
  routes:
    - { id: orders, match: { path: /orders/** }, upstream: orders, authenticate: [apiKey], require: { level: known } }
    - { id: query, match: { path: /query/** }, upstream: orders, authenticate: [apiKey], require: { level: known }, credentials: { query: true } }
    - { id: open, match: { path: /open/** }, upstream: orders, public: true }
`

describe.each(backends)('a planted secret on $name', ({ open }) => {
  let world: World
  let upstream: Upstream
  let place: Place
  let server: RunningSallyport
  let admin: string
  const planted: string[] = []

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    place = await openPlace(world, routes(upstream.url))
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
    planted.push(admin)
    server = await place.serve()
  })

  afterAll(async () => {
    await server?.stop()
    await upstream?.close()
    await world?.close()
  })

  it('stands in no file of the database, no log, no event and no metric, whichever way it came', {
    timeout: 60_000,
  }, async () => {
    const { key, id } = await place.json(['keys', 'create', '--name', 'planted'])
    planted.push(String(key))
    await useInEveryWay(String(key))
    await place.json(['keys', 'verify', String(key)])
    const { key: next } = await place.json(['keys', 'rotate', String(id), '--grace', '1h'])
    planted.push(String(next))
    await useInEveryWay(String(next))
    const metrics = await (await fetch(`${server.control}/metrics`)).text()
    await server.stop()
    const events = (await place.command(['audit', 'export'])).stdout

    expect(events).toContain('request.denied')
    for (const [name, text] of [
      ['metrics', metrics],
      ['log', server.output()],
      ['events', events],
      ...(await everythingStored(world)),
    ] as const) {
      for (const secret of planted)
        expect({ in: name, found: text.includes(secretPart(secret)) }).toEqual({ in: name, found: false })
    }
    // What carried the credential goes no further; a key in a path or a cookie is the client's own content.
    for (const { url, headers } of upstream.seen) {
      const carriers = [
        headers.authorization,
        headers['x-api-key'],
        headers.apikey,
        url.startsWith('/query/') ? url : undefined,
      ]
      for (const secret of planted) expect(carriers.join(' ')).not.toContain(secretPart(secret))
    }
  })

  // The id in a key is public and does stand in the record; what must not is the rest.
  function secretPart(key: string): string {
    return key.slice('sp_live_'.length + 24 + 4, -6)
  }

  async function useInEveryWay(key: string): Promise<void> {
    const wrong = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
    for (const path of [
      '/orders/1',
      '/open/1',
      '/nowhere',
      `/orders/${key}`,
      `/query/1?api_key=${key}`,
      `/orders/1?api_key=${key}&token=${key}`,
    ]) {
      for (const headers of [
        {},
        { 'x-api-key': key },
        { authorization: `Bearer ${key}` },
        { apikey: wrong },
        { 'user-agent': `agent ${key}` },
        { 'x-request-id': key },
        { cookie: `session=${key}` },
      ]) {
        await fetch(`${server.gateway}${path}`, { headers })
      }
    }
    const json = { 'content-type': 'application/json', 'x-api-key': admin }
    const bodies = [`{"key":"${key}"`, `{"key":"${key}"}`, `{"name":"${key}","surprise":"${key}"}`]
    for (const body of bodies) {
      for (const path of ['/v1/keys', '/v1/keys/verify', `/v1/${key}`])
        await fetch(`${server.control}${path}`, { method: 'POST', headers: json, body })
    }
    await fetch(`${server.control}/v1/keys?text=${key}`, { headers: json })
    await fetch(`${server.control}/v1/keys`, { headers: { authorization: `Basic ${key}` } })
  }
})
