import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask as askRaw, openRecorder, type Recorder } from '../../src/gateway/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const END = Date.parse('2030-06-01T00:00:00Z')

const settings = (upstream: string) => `
gateway:
  trustedProxies: [127.0.0.0/8]
  internalNetworks: [10.0.0.0/8]
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: v1, match: { path: /v1 }, upstream: api, authenticate: [apiKey], require: { level: known }, lifecycle: { state: deprecated, deprecatedAt: 2029-01-01, sunsetAt: 2030-06-01, successor: /v2, owner: shop }, cors: { origins: ["https://shop.example.com"] } }
    - { id: over, match: { path: /over }, upstream: api, public: true, lifecycle: { state: sunset } }
    - { id: inner, match: { path: /inner }, upstream: api, public: true, lifecycle: { exposure: internal, document: /docs }, cors: { origins: ["https://shop.example.com"] } }
`

const [smallest] = backends

describe('the life of a route at the gateway', { timeout: 60_000 }, () => {
  let world: World
  let upstream: Recorder
  let control: Control
  let now = END - 60_000

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    upstream = await openRecorder((_, response) => {
      response.setHeader('Deprecation', 'theirs').setHeader('Link', '</theirs>; rel="next"').end('ok')
    })
    const place = await openPlace(world, settings(upstream.origin))
    control = await openControl(world, { role: 'all', env: { ...place.env }, clock: { now: () => now } })
  })

  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await world?.close()
  })

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    askRaw(`${control.serving.gateway}${path}`, { method, headers })

  it('is told with every answer, the upstream’s and ours, and ends at its time without a reload', async () => {
    const { key } = await control.keyWith([])
    const life = { deprecation: '@1861920000', sunset: 'Sat, 01 Jun 2030 00:00:00 GMT' }
    const got = await ask('/v1', { 'x-api-key': key })
    expect([got.status, got.headers]).toMatchObject([200, life])
    expect(got.headers.link).toBe('</theirs>; rel="next", </v2>; rel="successor-version"')
    const refused = await ask('/v1')
    expect([refused.status, refused.headers]).toMatchObject([401, life])
    now = END
    const gone = await ask('/v1', { origin: 'https://shop.example.com' })
    expect([gone.status, gone.json().code, gone.headers]).toMatchObject([410, 'ROUTE_GONE', life])
    expect(gone.headers.link).toBe('</v2>; rel="successor-version"')
    expect(gone.headers['access-control-allow-origin']).toBe('https://shop.example.com')
    now = END - 60_000
  })

  it('is over at once where that is said', async () => {
    const before = upstream.heads.length
    expect((await ask('/over')).json().code).toBe('ROUTE_GONE')
    expect(upstream.heads.length).toBe(before)
  })

  it('is nothing that anybody outside can tell from a route that is not there', async () => {
    const page = { origin: 'https://shop.example.com' }
    const from = (text: string) => ({ 'x-forwarded-for': text, ...page })
    const outside = await ask('/inner', from('192.0.2.1'))
    const nowhere = await ask('/nowhere', from('192.0.2.1'))
    const told = ({ status, headers, json }: typeof outside) => {
      const { 'x-request-id': _, date: __, ...others } = headers
      return [status, others, { ...json(), requestId: '' }]
    }
    expect(told(outside)).toEqual(told(nowhere))
    const preflight = await ask('/inner', { ...from('192.0.2.1'), 'access-control-request-method': 'GET' }, 'OPTIONS')
    expect(preflight.status).toBe(404)
    const inside = await ask('/inner', from('10.1.2.3'))
    expect([inside.status, inside.headers['access-control-allow-origin']]).toEqual([200, 'https://shop.example.com'])
    const asked = await ask('/inner', { ...from('10.1.2.3'), 'access-control-request-method': 'GET' }, 'OPTIONS')
    expect(asked.status).toBe(204)
  })
})
