import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const settings = (upstream: string) => `
access:
  properties:
    orders:
      owner: { property: customer.id, as: customers:act }
      audiences:
        public: { readable: [id, error] }
        owner: { readable: [id, customer.id, status, "lines[].name"], writable: [status, "address.**"] }
        clerk: { permission: "orders:clerk", readable: [id, status], masks: { card: card } }
gateway:
  admin: { prefix: /admin, networks: [192.0.2.0/24, 127.0.0.0/8] }
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: filtered, match: { path: /filtered/** }, upstream: api, authenticate: [apiKey], require: { level: known }, output: { properties: orders, maxBody: 2kb } }
    - { id: theirs, match: { path: /theirs/** }, upstream: api, authenticate: [apiKey], require: { owner: { type: orders, from: answer } }, output: { properties: orders } }
    - { id: told, match: { path: /told/** }, upstream: api, authenticate: [apiKey], require: { owner: { type: orders, from: answer, otherwise: "403" } }, output: { properties: orders } }
    - { id: path, match: { path: "/customers/{customer}/orders" }, upstream: api, authenticate: [apiKey], require: { owner: { type: orders, from: path, name: customer } } }
    - { id: query, match: { path: /search }, upstream: api, authenticate: [apiKey], require: { owner: { type: orders, from: query, name: customer } } }
    - { id: body, match: { path: /create }, upstream: api, authenticate: [apiKey], require: { owner: { type: orders, from: body, name: customer } } }
    - { id: strip, match: { path: /strip }, upstream: api, authenticate: [apiKey], require: { owner: { type: orders, from: query, name: customer } }, input: { properties: orders, outside: strip, maxBody: 1kb } }
    - { id: known, match: { path: /** }, upstream: api, authenticate: [apiKey], require: { level: known } }
    - { id: person, match: { path: /person }, upstream: api, authenticate: [apiKey], require: { level: person } }
    - { id: machine, match: { path: /machine }, upstream: api, authenticate: [apiKey], require: { level: machine } }
`

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string }
const [smallest] = backends

describe('objects and their properties at the gateway', { timeout: 60_000 }, () => {
  let world: World
  let upstream: Server
  let control: Control
  let key: string
  let answer: (incoming: IncomingMessage, response: ServerResponse) => void
  const seen: Seen[] = []

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    upstream = createServer(async (incoming, response) => {
      let body = ''
      for await (const piece of incoming) body += piece
      seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body })
      answer(incoming, response)
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
    key = (await control.keyWith(['customers:act:cus_1'])).key
  })

  beforeEach(() => {
    seen.length = 0
    json({ ok: true })
  })

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  function json(value: unknown, status = 200, headers = {}): void {
    answer = (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
    }
  }

  function raw(body: string | Buffer, status: number, headers: Record<string, string>): void {
    answer = (_, response) => void response.writeHead(status, headers).end(body)
  }

  async function ask(path: string, init: RequestInit & { key?: string } = {}) {
    const headers = { 'x-api-key': init.key ?? key, ...(init.headers as Record<string, string>) }
    const got = await fetch(`${control.serving.gateway}${path}`, { ...init, headers })
    const text = await got.text()
    const body = /json/.test(got.headers.get('content-type') ?? '') ? JSON.parse(text) : null
    return { status: got.status, code: body?.code, headers: got.headers, text, body }
  }

  const order = { id: 'o1', customer: { id: 'cus_1', name: 'Ana' }, status: 'open', lines: [{ name: 'a', cost: 1 }] }
  const others = { ...order, id: 'o2', customer: { id: 'cus_2' } }

  describe('an answer', () => {
    it('is what each may see of it', async () => {
      json(order)
      expect((await ask('/filtered/1')).body).toEqual({
        id: 'o1',
        customer: { id: 'cus_1' },
        status: 'open',
        lines: [{ name: 'a' }],
      })
      json({ ...others, card: '4111111111111234' })
      expect((await ask('/filtered/2')).body).toEqual({ id: 'o2' })
      const clerk = await control.keyWith(['orders:clerk'])
      expect((await ask('/filtered/2', { key: clerk.key })).body).toEqual({ id: 'o2', status: 'open', card: '*1234' })
    })

    it('is asked for as a whole, and says nothing of the bytes that it was', async () => {
      json(order, 200, { etag: '"1"', 'last-modified': 'x', 'cache-control': 'public', 'accept-ranges': 'bytes' })
      const headers = { range: 'bytes=0-3', 'if-none-match': '"1"', 'accept-encoding': 'gzip, br' }
      const { status, headers: got } = await ask('/filtered/1', { headers })
      expect(status).toBe(200)
      expect(seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' })
      expect(Object.keys(seen[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(['range']))
      expect(seen[0]?.headers['if-none-match']).toBeUndefined()
      for (const name of ['etag', 'last-modified', 'accept-ranges']) expect(got.get(name)).toBeNull()
      expect(got.get('cache-control')).toBe('private, no-store')
    })

    it.each([
      [
        'is compressed all the same',
        gzipSync('{"id":1}'),
        { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      ],
      ['is a page', '<p>internalNotes</p>', { 'content-type': 'text/html' }],
      ['does not say what it is', '{"id":1}', {}],
      ['is in another encoding', '{"id":1}', { 'content-type': 'application/json; charset=utf-16' }],
      ['breaks off in itself', '{"id":1', { 'content-type': 'application/json' }],
      ['has a name twice', '{"id":1,"id":2}', { 'content-type': 'application/json' }],
      ['is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), { 'content-type': 'application/json' }],
    ])('that %s is withheld', async (_, body, headers) => {
      raw(body, 200, headers)
      const got = await ask('/filtered/1')
      expect([got.status, got.code]).toEqual([502, 'ANSWER_WITHHELD'])
      expect(got.text).not.toContain('internalNotes')
    })

    it('that is too large is withheld, whatever length it announced', async () => {
      json({ id: 'x'.repeat(3000) })
      expect(await ask('/filtered/1')).toMatchObject({ status: 502, code: 'UPSTREAM_ANSWER_TOO_LARGE' })
      answer = (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const again = setInterval(() => response.write(' '.repeat(500)), 1)
        response.on('close', () => clearInterval(again))
      }
      expect(await ask('/filtered/1')).toMatchObject({ status: 502, code: 'UPSTREAM_ANSWER_TOO_LARGE' })
    })

    it('that breaks off is no answer, and nothing of it is told', async () => {
      answer = (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"id":"o1"')
        setTimeout(() => response.destroy(), 20)
      }
      const got = await ask('/filtered/1')
      expect(got.status).toBe(502)
      expect(got.text).not.toContain('o1')
    })

    it('of an error keeps its status and what everybody may see', async () => {
      json({ error: 'no such thing', stack: 'at secret.ts' }, 409)
      const got = await ask('/filtered/1')
      expect([got.status, got.body]).toEqual([409, { error: 'no such thing' }])
      raw('<pre>at secret.ts</pre>', 409, { 'content-type': 'text/html' })
      expect(await ask('/filtered/1')).toMatchObject({ status: 409, text: '' })
      json({ error: 'secret.ts' }, 500)
      expect(await ask('/filtered/1')).toMatchObject({ status: 500, code: 'UPSTREAM_ERROR' })
      raw('', 204, {})
      expect(await ask('/filtered/1', { method: 'DELETE' })).toMatchObject({ status: 204, text: '' })
    })
  })

  describe('an object of another', () => {
    it('is as good as none, or plainly refused where the route says so', async () => {
      json(others)
      expect(await ask('/theirs/2')).toMatchObject({ status: 404, code: 'OBJECT_NOT_FOUND' })
      expect(await ask('/told/2')).toMatchObject({ status: 403, code: 'OBJECT_FORBIDDEN' })
      json({ error: 'none' }, 404)
      expect(await ask('/theirs/3')).toMatchObject({ status: 404, code: 'OBJECT_NOT_FOUND' })
    })

    it.each([
      ['says nothing of an owner', { id: 'o3' }],
      ['names its owner twice', '{"id":"o3","customer":{"id":"cus_2"},"customer":{"id":"cus_1"}}'],
      ['has a list for an owner', { id: 'o3', customer: { id: ['cus_1'] } }],
      ['has the owner’s name in another case', { id: 'o3', Customer: { id: 'cus_1' } }],
    ])('is what %s', async (_, value) => {
      raw(typeof value === 'string' ? value : JSON.stringify(value), 200, { 'content-type': 'application/json' })
      const got = await ask('/theirs/3')
      expect([404, 502]).toContain(got.status)
      expect(got.text).not.toContain('o3')
    })

    it('is looked at before anything is changed', async () => {
      json(others)
      expect(await ask('/theirs/2', { method: 'DELETE' })).toMatchObject({ status: 404, code: 'OBJECT_NOT_FOUND' })
      expect(seen.map(({ method }) => method)).toEqual(['GET'])
      json([order])
      expect(await ask('/theirs/2', { method: 'DELETE' })).toMatchObject({ status: 404 })
      json({}, 500)
      expect(await ask('/theirs/2', { method: 'DELETE' })).toMatchObject({ status: 502, code: 'ANSWER_WITHHELD' })
      expect(seen.some(({ method }) => method === 'DELETE')).toBe(false)
    })

    it('is not what the one is whose it is', async () => {
      json(order)
      const got = await ask('/theirs/1', {
        method: 'PATCH',
        body: 'anything',
        headers: { 'content-type': 'text/plain' },
      })
      expect(got.status).toBe(200)
      expect(seen.map(({ method, body }) => [method, body])).toEqual([
        ['GET', ''],
        ['PATCH', 'anything'],
      ])
      expect(seen[0]?.headers['content-type']).toBeUndefined()
    })
  })

  describe('an owner who is named', () => {
    it.each([
      ['/customers/cus_1/orders', 200],
      ['/customers/cus_2/orders', 404],
      ['/customers/*/orders', 404],
      ['/customers/cus_%31/orders', 200],
      ['/search?customer=cus_1', 200],
      ['/search?customer=cus_2', 404],
      ['/search?customer=cus_1&customer=cus_2', 404],
      ['/search', 404],
    ])('lets %s end in %i', async (path, status) => {
      expect((await ask(path)).status).toBe(status)
    })

    it.each([
      ['{"customer":"cus_1"}', 200],
      ['{"customer":"cus_2"}', 404],
      ['{"customer":"cus_2","customer":"cus_1"}', 400],
      ['{}', 404],
      ['[{"customer":"cus_1"}]', 404],
      ['', 404],
    ])('lets the body %s end in %i', async (body, status) => {
      const headers = { 'content-type': 'application/json' }
      expect((await ask('/create', { method: 'POST', body, headers })).status).toBe(status)
    })

    it('in the body does not let GET through, which has none', async () => {
      expect((await ask('/create')).status).toBe(404)
    })
  })

  describe('a body', () => {
    const headers = { 'content-type': 'application/json' }

    it('is cut down to what may be written, and its length told anew', async () => {
      const body = JSON.stringify({ status: 'paid', role: 'admin', address: { a: [1] } })
      expect((await ask('/strip?customer=cus_1', { method: 'POST', body, headers })).status).toBe(200)
      expect(seen[0]?.body).toBe('{"status":"paid","address":{"a":[1]}}')
      expect(seen[0]?.headers['content-length']).toBe(String(seen[0]?.body.length))
      expect(seen[0]?.headers['transfer-encoding']).toBeUndefined()
    })

    it('may come in pieces, and is bounded all the same', async () => {
      expect(await send('/strip?customer=cus_1', ['{"status":', '"paid","x":1}'])).toBe(200)
      expect(seen[0]?.body).toBe('{"status":"paid"}')
      expect(await send('/strip?customer=cus_1', ['{"status":"', 'x'.repeat(2000), '"}'])).toBe(413)
      expect(seen).toHaveLength(1)
    })

    it('that is compressed or no JSON is refused', async () => {
      const body = gzipSync('{"status":"paid"}')
      const packed = { method: 'POST', body, headers: { ...headers, 'content-encoding': 'gzip' } }
      expect((await ask('/strip?customer=cus_1', packed)).code).toBe('BODY_TYPE_UNSUPPORTED')
      const form = { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } }
      expect((await ask('/strip?customer=cus_1', form)).code).toBe('BODY_TYPE_UNSUPPORTED')
      expect(seen).toHaveLength(0)
    })
  })

  describe('functions', () => {
    it.each(['/admin', '/admin/users', '/Admin/users', '/%61dmin/users'])(
      'under the prefix are for administrators, as %s',
      async (path) => {
        expect(await ask(path)).toMatchObject({ status: 403, code: 'LEVEL_MISSING' })
        const admin = await control.keyWith(['gateway:administer'])
        expect((await ask(path, { key: admin.key })).status).toBe(200)
      },
    )

    it('beside the prefix are not', async () => {
      expect((await ask('/administrators')).status).toBe(200)
    })

    it('ask for a person or a machine', async () => {
      expect(await ask('/person')).toMatchObject({ status: 403, code: 'LEVEL_MISSING' })
      expect((await ask('/machine')).status).toBe(200)
    })
  })

  function send(path: string, pieces: readonly string[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' }
      const asking = request(`${control.serving.gateway}${path}`, { method: 'POST', headers })
      asking.on('response', (got) => {
        got.resume()
        resolve(got.statusCode ?? 0)
      })
      asking.on('error', reject)
      for (const piece of pieces) asking.write(piece)
      asking.end()
    })
  }
})
