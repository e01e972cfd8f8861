import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask as askRaw, sendRaw } from '../../src/gateway/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const settings = (upstream: string) => `
gateway:
  trustedProxies: [127.0.0.0/8]
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: known, match: { path: /known/** }, upstream: api, authenticate: [apiKey], require: { level: known } }
    - { id: open, match: { path: /open/** }, upstream: api, public: true }
    - { id: shown, match: { path: /shown/** }, upstream: api, public: true, output: { headers: { frames: same-origin, resource: cross-origin, pages: { opener: unsafe-none } } } }
    - { id: kept, match: { path: /kept/** }, upstream: api, authenticate: [apiKey], require: { level: known }, output: { headers: { cache: upstream } } }
    - { id: shop, match: { path: /shop, methods: [GET, POST] }, upstream: api, authenticate: [apiKey], require: { level: known }, limits: [{ by: key, max: 2, per: minute }], cors: { origins: ["https://shop.example.com", "https://*.shop.example.com:8443", "http://localhost:3000"] } }
    - { id: cookies, match: { path: /cookies }, upstream: api, public: true, cors: { origins: ["https://shop.example.com"], credentials: true, methods: [GET], headers: [], exposed: [X-One], maxAge: 1m, privateNetwork: true } }
    - { id: all, match: { path: /all }, upstream: api, public: true, cors: { origins: ["*"] } }
    - { id: only, match: { path: /only, headers: { X-Version: "2" } }, upstream: api, public: true, cors: { origins: ["https://shop.example.com"], headers: [X-Version] } }
    - { id: first, match: { path: /both }, upstream: api, public: true, cors: { origins: ["https://shop.example.com"], headers: [X-Version] } }
    - { id: second, match: { path: /both, headers: { X-Version: "2" } }, upstream: api, public: true, cors: { origins: ["https://shop.example.com"], headers: [X-Version] } }
    - { id: closed, match: { path: /apart }, upstream: api, public: true }
    - { id: opened, match: { path: /apart, headers: { X-Version: "2" } }, upstream: api, public: true, cors: { origins: ["https://shop.example.com"], headers: [X-Version] } }
    - { id: theirs, match: { path: /theirs }, upstream: api, public: true, cors: { leaveToUpstream: true } }
    - { id: left, match: { path: /left/** }, upstream: api, public: true, output: { headers: { leaveToUpstream: true } } }
`

const [smallest] = backends

describe('what the gateway tells browsers', { timeout: 60_000 }, () => {
  let world: World
  let upstream: Server
  let control: Control
  let key: string
  let gateway: string
  let answer: (incoming: IncomingMessage, response: ServerResponse) => void

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    upstream = createServer((incoming, response) => answer(incoming, response))
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
    gateway = String(control.serving.gateway)
    key = (await control.keyWith([])).key
  })

  beforeEach(() => answers(200, { 'content-type': 'application/json' }))

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  function answers(status: number, headers: Record<string, string>, body = '{}'): void {
    answer = (_, response) => void response.writeHead(status, headers).end(body)
  }

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    askRaw(`${gateway}${path}`, { method, headers })
  const withKey = (more: Record<string, string> = {}) => ({ 'x-api-key': key, ...more })

  describe('about itself', () => {
    const CAREFUL = {
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    }

    it('is the same with every answer, the upstream’s and its own', async () => {
      expect((await ask('/open/1')).headers).toMatchObject(CAREFUL)
      expect((await ask('/known/1')).headers).toMatchObject(CAREFUL)
      expect((await ask('/nowhere')).headers).toMatchObject(CAREFUL)
      expect((await ask('/open/%2e%2e/x')).headers).toMatchObject(CAREFUL)
      const unread = await sendRaw(Number(new URL(gateway).port), 'GET / HTTP/9.9\r\n\r\n')
      for (const [name, value] of Object.entries(CAREFUL)) expect(unread.text).toContain(`${name}: ${value}\r\n`)
    })

    it('is said once', async () => {
      answers(200, { 'content-type': 'application/json', 'X-Frame-Options': 'ALLOWALL', 'X-Content-Type-Options': 'x' })
      for (const path of ['/open/1', '/known/1', '/nowhere']) {
        const { rawHeaders } = await ask(path)
        const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
        expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
      }
    })

    it('has https in it only for who came by https', async () => {
      expect((await ask('/open/1')).headers['strict-transport-security']).toBeUndefined()
      for (const path of ['/open/1', '/nowhere']) {
        const { headers } = await ask(path, { 'x-forwarded-proto': 'https' })
        expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
      }
    })

    it('forbids to keep what a credential opened', async () => {
      answers(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=60' })
      expect((await ask('/known/1', withKey())).headers).toMatchObject({
        'cache-control': 'no-store',
        pragma: 'no-cache',
      })
      expect((await ask('/open/1')).headers['cache-control']).toBe('public, max-age=60')
      expect((await ask('/kept/1', withKey())).headers['cache-control']).toBe('public, max-age=60')
      answers(200, { 'content-type': 'application/json' })
      expect((await ask('/kept/1', withKey())).headers['cache-control']).toBe('no-store')
      expect((await ask('/kept/1')).headers['cache-control']).toBe('no-store')
    })

    it('is more for a page, whose own policy stands', async () => {
      answers(200, { 'content-type': 'text/html', 'content-security-policy': "script-src 'none'" }, '<p>')
      expect((await ask('/open/1')).headers).toMatchObject({
        'content-security-policy': "script-src 'none'",
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      })
    })

    it('is what a route says otherwise', async () => {
      answers(200, { 'content-type': 'text/html' }, '<p>')
      const { headers } = await ask('/shown/1')
      expect(headers).toMatchObject({
        'x-frame-options': 'SAMEORIGIN',
        'cross-origin-resource-policy': 'cross-origin',
        'cross-origin-opener-policy': 'unsafe-none',
      })
      expect(headers['content-security-policy']).toMatch(/; frame-ancestors 'self'$/)
    })

    it('is nothing where a route leaves it to the upstream', async () => {
      answers(200, { 'content-type': 'text/html', 'x-frame-options': 'ALLOWALL' }, '<p>')
      const { headers } = await ask('/left/1')
      expect(headers['x-frame-options']).toBe('ALLOWALL')
      expect(headers['content-security-policy']).toBeUndefined()
    })
  })

  describe('about pages of other origins', () => {
    const SHOP = 'https://shop.example.com'
    const page = (origin: string, more: Record<string, string> = {}) => ({ origin, ...more })
    const preflight = (path: string, headers: Record<string, string>) =>
      ask(path, { 'access-control-request-method': 'GET', ...headers }, 'OPTIONS')
    const corsOf = ({ headers }: { headers: IncomingMessage['headers'] }) =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => /^access-control|^vary$/.test(name)))
    const METHODS = 'GET, POST, HEAD'
    const HEADERS =
      'Authorization, Content-Type, DPoP, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Request-ID'

    it('is asked before any credential, and answered for ten minutes', async () => {
      const headers = { 'access-control-request-headers': 'content-type,x-api-key' }
      const got = await preflight('/shop', page(SHOP, headers))
      expect([got.status, got.body.length]).toEqual([204, 0])
      expect(corsOf(got)).toMatchObject({
        'access-control-allow-origin': SHOP,
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': HEADERS,
        'access-control-max-age': '600',
        vary: 'Origin',
      })
      expect(got.headers['access-control-allow-credentials']).toBeUndefined()
      expect(got.headers['x-content-type-options']).toBeUndefined()
    })

    it('is for the method that is asked about', async () => {
      const post = await preflight('/shop', page(SHOP, { 'access-control-request-method': 'POST' }))
      expect(post.status).toBe(204)
      const put = await preflight('/shop', page(SHOP, { 'access-control-request-method': 'PUT' }))
      expect([put.status, put.json().code]).toEqual([405, 'METHOD_NOT_ALLOWED'])
      const listed = await preflight('/cookies', page(SHOP, { 'access-control-request-method': 'POST' }))
      expect([listed.status, listed.json().code]).toEqual([403, 'ORIGIN_REFUSED'])
    })

    it('knows the headers that may come', async () => {
      for (const [asked, status] of [
        ['Content-Type , X-API-KEY', 204],
        ['x-forged', 403],
        ['content-type,,x-api-key', 403],
        ['*', 403],
        ['', 204],
      ] as const) {
        const got = await preflight('/shop', page(SHOP, { 'access-control-request-headers': asked }))
        expect([asked, got.status]).toEqual([asked, status])
      }
    })

    it('takes one whole label for a star', async () => {
      for (const [origin, status] of [
        ['https://a.shop.example.com:8443', 204],
        ['https://a.b.shop.example.com:8443', 403],
        ['https://.shop.example.com:8443', 403],
        ['https://a.shop.example.com', 403],
        ['https://shop.example.com:8443', 403],
        ['http://a.shop.example.com:8443', 403],
        ['http://localhost:3000', 204],
        ['http://localhost:3001', 403],
      ] as const) {
        expect([origin, (await preflight('/shop', page(origin))).status]).toEqual([origin, status])
      }
    })

    const TRICKS = [
      'null',
      'NULL',
      'https://shop.example.com.evil',
      'https://shop.example.com.evil.example',
      'https://evilshop.example.com',
      'https://shop.example.com:443',
      'https://shop.example.com.',
      'https://SHOP.example.com',
      'HTTPS://shop.example.com',
      'https://shop.example.com/',
      'https://user@shop.example.com',
      'https://shop.example.com@evil.example',
      'https://shop.example.com, https://evil.example',
      'https://shop.example.com https://evil.example',
      'https://a#.shop.example.com:8443',
      'https://evil.example/.shop.example.com:8443',
      'https://evil.example?.shop.example.com:8443',
      'https://-a.shop.example.com:8443',
      'https://A.shop.example.com:8443',
      'https://sh\u00f6p.example.com',
      '*',
      'https://*.shop.example.com:8443',
    ]

    it.each(TRICKS)('is not fooled by %s', async (origin) => {
      const got = await preflight('/shop', page(origin))
      expect([got.status, got.json().code, corsOf(got)]).toEqual([403, 'ORIGIN_REFUSED', { vary: 'Origin' }])
      const actual = await ask('/cookies', page(origin))
      expect([actual.status, corsOf(actual)]).toEqual([200, { vary: 'Origin' }])
    })

    it('is not fooled by two origins, whichever comes first', async () => {
      const port = Number(new URL(gateway).port)
      for (const [one, two] of [
        [SHOP, 'https://evil.example'],
        ['https://evil.example', SHOP],
        [SHOP, SHOP],
      ]) {
        const raw = await sendRaw(port, `GET /cookies HTTP/1.1\r\nHost: a\r\nOrigin: ${one}\r\nOrigin: ${two}\r\n\r\n`)
        expect(raw.text.toLowerCase()).not.toContain('access-control-allow-origin')
      }
    })

    it('lets pages read refusals too, so that they can tell why', async () => {
      const refused = await ask('/shop', page(SHOP))
      expect([refused.status, corsOf(refused)['access-control-allow-origin']]).toEqual([401, SHOP])
      expect(corsOf(refused)['access-control-expose-headers']).toContain('WWW-Authenticate')
      const { key: another } = await control.keyWith([])
      const statuses = []
      for (let i = 0; i < 3; i++) {
        const got = await ask('/shop', page(SHOP, { 'x-api-key': another }))
        statuses.push([got.status, corsOf(got)['access-control-allow-origin'], corsOf(got).vary])
      }
      expect(statuses).toEqual([
        [200, SHOP, 'Origin'],
        [200, SHOP, 'Origin'],
        [429, SHOP, 'Origin'],
      ])
    })

    it('hears nothing of what the upstream says about it, and adds to what it says answers vary by', async () => {
      answers(200, {
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': '*',
        vary: 'Accept-Encoding',
      })
      expect(corsOf(await ask('/cookies', page(SHOP)))).toEqual({
        'access-control-allow-origin': SHOP,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'X-One',
        vary: 'Accept-Encoding, Origin',
      })
      expect(corsOf(await ask('/cookies'))).toEqual({ vary: 'Accept-Encoding, Origin' })
      expect(corsOf(await ask('/open/1', page(SHOP)))).toEqual({ vary: 'Accept-Encoding' })
    })

    it.each([
      ['*', '*'],
      ['origin, Accept', 'origin, Accept'],
      ['X-Origin', 'X-Origin, Origin'],
    ])('makes of an answer that varies by %s one that varies by %s', async (theirs, becomes) => {
      answers(200, { vary: theirs })
      expect((await ask('/cookies', page(SHOP))).headers.vary).toBe(becomes)
    })

    it('is the same for everybody where everybody may', async () => {
      const got = await ask('/all', page('https://anybody.example'))
      expect(corsOf(got)).toMatchObject({ 'access-control-allow-origin': '*' })
      expect(got.headers.vary).toBeUndefined()
      expect((await preflight('/all', page('null'))).status).toBe(403)
    })

    it('lets pages of the internet into a private network only by its name', async () => {
      const asked = { 'access-control-request-private-network': 'true' }
      expect((await preflight('/shop', page(SHOP, asked))).status).toBe(403)
      const got = await preflight('/cookies', page(SHOP, asked))
      expect([got.status, got.headers['access-control-allow-private-network']]).toEqual([204, 'true'])
      expect(got.headers['access-control-max-age']).toBe('60')
    })

    it('is left to the upstream by its name', async () => {
      answers(200, { 'access-control-allow-origin': 'https://x.example' })
      expect(corsOf(await ask('/theirs', page(SHOP)))).toEqual({ 'access-control-allow-origin': 'https://x.example' })
      expect((await preflight('/theirs', page(SHOP))).status).toBe(200)
    })

    it('is no matter for a route that does not say it', async () => {
      expect((await preflight('/known/1', page(SHOP))).status).toBe(401)
      expect((await preflight('/nowhere', page(SHOP))).status).toBe(404)
    })

    it('answers for routes that headers choose, whose values a browser does not name, where all would say the same', async () => {
      const asked = page(SHOP, { 'access-control-request-headers': 'x-version' })
      for (const path of ['/only', '/both']) {
        const got = await preflight(path, asked)
        expect([path, got.status, got.headers['access-control-allow-headers']]).toEqual([path, 204, 'X-Version'])
        expect((await preflight(path, page('https://other.test'))).status).toBe(403)
      }
      const apart = await preflight('/apart', asked)
      expect([apart.status, apart.headers['access-control-allow-origin']]).not.toEqual([204, SHOP])
      expect(apart.headers['access-control-allow-methods']).toBeUndefined()
    })

    it('takes a preflight for nothing else: what is not asked that way goes the usual way', async () => {
      expect((await ask('/shop', { origin: SHOP }, 'OPTIONS')).status).toBe(405)
      expect((await ask('/shop', { 'access-control-request-method': 'GET' }, 'OPTIONS')).status).toBe(405)
    })
  })
})
