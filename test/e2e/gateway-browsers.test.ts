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
})
