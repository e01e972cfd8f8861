import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'
import { workOn, wrongNonce } from '../support/verification.ts'

const settings = (upstream: string) => `
gateway:
  upstreams: { shop: { targets: ["${upstream}"] } }
  routes:
    - id: buy
      match: { path: "/items/{id}/purchases", methods: [POST] }
      upstream: shop
      authenticate: [apiKey]
      require: { permissions: ["shop:buy"] }
      flow:
        action: buy
        object: { name: id }
        velocity: [{ max: 2, per: hour }]
        verify: { bits: 6 }
    - id: order
      match: { path: /orders, methods: [POST] }
      upstream: shop
      authenticate: [apiKey]
      require: { permissions: ["shop:buy"] }
      input: { json: {} }
      flow:
        action: order
        object: { from: body, name: item }
        velocity: [{ max: 1, per: hour }]
        verify: { bits: 6 }
    - id: sign-up
      match: { path: /sign-up }
      upstream: shop
      public: true
      flow:
        action: sign-up
        velocity: [{ by: address, max: 1, per: hour }]
        verify: { bits: 1 }
    - { id: plain, match: { path: /plain }, upstream: shop, public: true }
`

type Answered = {
  status: number
  code: string | null
  verify: string | null
  headers: Headers
  body: Record<string, unknown>
}

describe.each(backends)(
  'what a program must not do as often as it could, on $name',
  { timeout: 60_000 },
  ({ open }) => {
    let world: World
    let upstream: Server
    let control: Control
    const seen: { url: string; headers: object }[] = []
    const keys: string[] = []
    let item = 0

    beforeAll(async () => {
      world = await open()
      upstream = createServer(async (incoming, response) => {
        for await (const _ of incoming);
        seen.push({ url: incoming.url ?? '', headers: incoming.headers })
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
      await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
      const place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
      control = await openControl(world, { role: 'all', env: { ...place.env } })
      const { key: admin } = await control.keyWith(['*'], { scopes: ['*'] })
      for (const name of ['alice', 'bob']) {
        const service = await control.call(admin, 'POST', '/v1/services', { name, permissions: ['shop:buy'] })
        const made = await control.call(admin, 'POST', '/v1/keys', {
          name,
          owner: { kind: 'service', id: service.body.id },
          permissions: ['shop:buy'],
        })
        keys.push(made.body.key)
      }
    })

    beforeEach(() => {
      seen.length = 0
      item++
    })

    afterAll(async () => {
      await control?.stop()
      upstream?.closeAllConnections()
      await new Promise((resolve) => upstream?.close(resolve))
      await world?.close()
    })

    async function send(
      method: string,
      path: string,
      headers: Record<string, string> = {},
      body?: string,
    ): Promise<Answered> {
      const answer = await fetch(control.serving.gateway + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      const text = await answer.text()
      const json = /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : { text }
      const { status, headers: said } = answer
      return { status, code: json.code ?? null, verify: said.get('x-verify-url'), headers: said, body: json }
    }

    const buy = (who: number, of = `i${item}`, headers: Record<string, string> = {}) =>
      send('POST', `/items/${of}/purchases`, { 'x-api-key': keys[who] ?? '', ...headers })
    const told = async (path: string | null) => (await send('GET', path ?? '')).body as { seed: string; bits: number }
    const json = { 'content-type': 'application/json' }
    const hand = (path: string | null, solution: unknown, headers: Record<string, string> = json) =>
      send('POST', path ?? '', headers, JSON.stringify(solution))

    async function passFor(path: string | null): Promise<string> {
      const solved = await hand(path, { nonce: workOn(await told(path)) })
      expect(solved).toMatchObject({ status: 200, body: { header: 'X-Sallyport-Pass' } })
      return String(solved.body.pass)
    }

    /** Buys until a verification is asked for. @returns where it is */
    async function buyTooOften(who: number, of?: string): Promise<string> {
      for (let i = 0; i < 2; i++) expect(await buy(who, of)).toMatchObject({ status: 200 })
      const third = await buy(who, of)
      expect(third).toMatchObject({ status: 428, code: 'VERIFICATION_REQUIRED' })
      return third.verify ?? ''
    }

    it('lets two purchases an hour through, asks for a verification at the third, and takes its pass once', async () => {
      const path = await buyTooOften(0)
      expect(path).toMatch(/^\/\.sallyport\/verify\/[\w-]+\.[\w-]{43}$/)
      expect(seen).toHaveLength(2)
      const challenge = await told(path)
      expect(challenge).toEqual({
        kind: 'proof-of-work',
        action: 'buy',
        algorithm: 'SHA-256',
        seed: path.split('.').at(-1),
        bits: 6,
        expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      })
      const pass = await passFor(path)
      expect(await buy(0, undefined, { 'x-sallyport-pass': pass })).toMatchObject({ status: 200 })
      expect(seen).toHaveLength(3)
      expect(JSON.stringify(seen)).not.toContain(pass)
      expect(await buy(0, undefined, { 'x-sallyport-pass': pass })).toMatchObject({ status: 428 })
      expect(seen).toHaveLength(3)
    })

    it('counts each person and each object for itself', async () => {
      await buyTooOften(0)
      expect(await buy(1)).toMatchObject({ status: 200 })
      expect(await buy(0, `other-${item}`)).toMatchObject({ status: 200 })
    })

    it('gives a browser its pass as a cookie that no script reads and no upstream sees', async () => {
      const path = await buyTooOften(0)
      const solved = await hand(path, { nonce: workOn(await told(path)) })
      const cookie = solved.headers.get('set-cookie') ?? ''
      expect(cookie).toMatch(/^__Host-sallyport_pass=[\w.-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Strict$/)
      const [pair = ''] = cookie.split(';')
      expect(await buy(0, undefined, { cookie: `a=b; ${pair}; ${pair}` })).toMatchObject({ status: 428 })
      expect(await buy(0, undefined, { cookie: `a=b; ${pair}` })).toMatchObject({ status: 200 })
      expect(JSON.stringify(seen)).not.toContain('sallyport_pass')
    })

    it('takes a solution once, however many send it at the same time', async () => {
      const path = await buyTooOften(0)
      const nonce = workOn(await told(path))
      const answers = await Promise.all(Array.from({ length: 8 }, () => hand(path, { nonce })))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)])
      expect(answers.filter(({ code }) => code === 'VERIFICATION_SPENT')).toHaveLength(7)
    })

    it('takes a pass once, however many show it at the same time', async () => {
      const pass = await passFor(await buyTooOften(0))
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => buy(0, undefined, { 'x-sallyport-pass': pass })),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(428)])
      expect(seen).toHaveLength(3)
    })

    it('takes a pass from who got it, for what it was given', async () => {
      const pass = await passFor(await buyTooOften(0))
      await buyTooOften(1)
      await buyTooOften(0, `other-${item}`)
      const shown = { 'x-sallyport-pass': pass }
      expect(await buy(1, undefined, shown)).toMatchObject({ status: 428 })
      expect(await buy(0, `other-${item}`, shown)).toMatchObject({ status: 428 })
      // And it is not used up by that.
      expect(await buy(0, undefined, shown)).toMatchObject({ status: 200 })
    })

    it('makes whoever comes again work more', async () => {
      const path = await buyTooOften(1)
      const { bits } = await told(path)
      const pass = await passFor(path)
      expect(await buy(1, undefined, { 'x-sallyport-pass': pass })).toMatchObject({ status: 200 })
      const again = await buy(1)
      expect((await told(again.verify)).bits).toBe(bits + 1)
    })

    it('refuses what is no solution, and what nobody was given', async () => {
      const path = await buyTooOften(0)
      const challenge = await told(path)
      expect(await hand(path, { nonce: wrongNonce(challenge) })).toMatchObject({
        status: 422,
        code: 'VERIFICATION_FAILED',
      })
      for (const solution of [{}, { nonce: 7 }, { nonce: '' }, { nonce: 'x'.repeat(65) }, { nonce: 'a b' }])
        expect(await hand(path, solution)).toMatchObject({ status: 422, code: 'VERIFICATION_FAILED' })
      const malformed = { status: 400, code: 'VERIFICATION_MALFORMED' }
      expect(await hand(path, 'nonce')).toMatchObject(malformed)
      expect(await send('POST', path, json, '{"nonce":"1","nonce":"2"}')).toMatchObject(malformed)
      expect(await send('POST', path, { 'content-type': 'text/plain' }, '{"nonce":"1"}')).toMatchObject(malformed)
      const large = await send('POST', path, json, JSON.stringify({ nonce: 'x'.repeat(20_000) }))
      expect(large).toMatchObject(malformed)
      const [text = '', mac = ''] = path.split('/').at(-1)?.split('.') ?? []
      const other = Buffer.from(
        Buffer.from(text, 'base64url')
          .toString()
          .replace(/"bits":\d+/, '"bits":0'),
      ).toString('base64url')
      for (const forged of [`${other}.${mac}`, `${text}.${'A'.repeat(43)}`, text, '', '%00', `${text}.${mac}.${mac}`]) {
        expect(await hand(`/.sallyport/verify/${forged}`, { nonce: '1' })).toMatchObject({
          status: 404,
          code: 'VERIFICATION_UNKNOWN',
        })
        expect(await buy(0, undefined, { 'x-sallyport-pass': forged.replaceAll('\0', '') })).toMatchObject({
          status: 428,
        })
      }
      // A challenge is no pass.
      expect(await buy(0, undefined, { 'x-sallyport-pass': `${text}.${mac}` })).toMatchObject({ status: 428 })
    })

    it('bounds how often solutions to one challenge are tried, for nobody else', async () => {
      const path = await buyTooOften(0)
      const others = await buyTooOften(1)
      const nonce = wrongNonce(await told(path))
      const statuses: number[] = []
      for (let i = 0; i < 12; i++) statuses.push((await hand(path, { nonce })).status)
      expect(statuses).toEqual([...Array(10).fill(422), 429, 429])
      expect(await passFor(others)).toMatch(/\./)
    })

    it('counts nothing that is refused for another reason', async () => {
      const order = (body: string) => send('POST', '/orders', { 'x-api-key': keys[0] ?? '', ...json }, body)
      const good = JSON.stringify({ item: `o${item}` })
      expect(await order(`{"item":"o${item}","item":"x"}`)).toMatchObject({ status: 400, code: 'JSON_AMBIGUOUS' })
      expect(await order('{"item":["a"]}')).toMatchObject({ status: 400, code: 'FLOW_OBJECT_UNNAMED' })
      expect(await order('{}')).toMatchObject({ status: 400, code: 'FLOW_OBJECT_UNNAMED' })
      expect(seen).toHaveLength(0)
      expect(await order(good)).toMatchObject({ status: 200 })
      const second = await order(good)
      expect(second).toMatchObject({ status: 428 })
      const pass = await passFor(second.verify)
      const again = await send(
        'POST',
        '/orders',
        { 'x-api-key': keys[0] ?? '', ...json, 'x-sallyport-pass': pass },
        good,
      )
      expect(again).toMatchObject({ status: 200 })
      expect(seen).toHaveLength(2)
    })

    it('tells by an Event what the risk was made of', async () => {
      await buyTooOften(0)
      await control.serving.system.audit.flush()
      const { key } = await control.keyWith(['audit:read'])
      const { body } = await control.call(key, 'GET', '/v1/audit/events?type=flow.assessed&limit=1')
      expect(body.items[0]).toMatchObject({
        outcome: 'denied',
        code: 'VERIFICATION_REQUIRED',
        route: 'buy',
        details: { action: 'buy', velocity: 0.75, history: 0, network: 0.06, device: 0, verified: false },
      })
      const denied = await control.call(key, 'GET', '/v1/audit/events?type=request.denied&limit=1')
      expect(denied.body.items[0].details.reason).toMatch(
        /^risk \d\.\d\d of 0\.70: velocity 0\.75, age 0\.\d\d, history 0\.00, /,
      )
    })

    it('shows people a page of its own files, and nobody anything where there is no flow', async () => {
      const path = await buyTooOften(0)
      const page = await send('GET', path, { accept: 'text/html' })
      expect(page.status).toBe(200)
      expect(page.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
      )
      expect(String(page.body.text)).not.toMatch(/<script>|\son\w+=|style=/)
      const script = await send('GET', '/.sallyport/verify/page.js')
      expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
      expect((await send('GET', '/.sallyport/verify/page.css')).status).toBe(200)
      expect(await send('GET', '/.sallyport/other')).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' })
    })

    it('counts whom nobody knows by address, and knows an address only by what it did itself', async () => {
      expect(await send('GET', '/sign-up')).toMatchObject({ status: 200 })
      const second = await send('GET', '/sign-up')
      expect(second).toMatchObject({ status: 428 })
      const pass = await passFor(second.verify)
      expect(await send('GET', '/sign-up', { 'x-sallyport-pass': pass })).toMatchObject({ status: 200 })
      expect(await send('GET', '/plain')).toMatchObject({ status: 200 })
    })

    it('answers pages of every origin that ask without a cookie', async () => {
      const path = await buyTooOften(0)
      const preflight = await send('OPTIONS', path)
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
      for (const answer of [await send('GET', path), await hand(path, {})]) {
        expect(answer.headers.get('access-control-allow-origin')).toBe('*')
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      }
    })
  },
)
