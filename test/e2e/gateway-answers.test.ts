import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask as askRaw } from '../../src/gateway/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { eventually, openPlace } from '../support/sallyport.ts'

const settings = (upstream: string) => `
gateway:
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: plain, match: { path: /plain/** }, upstream: api, public: true }
    - { id: inspected, match: { path: /inspected/** }, upstream: api, public: true, output: { errors: { server: inspect, client: inspect } } }
    - { id: passing, match: { path: /passing/** }, upstream: api, public: true, output: { errors: { server: pass } } }
    - { id: masked, match: { path: /masked/** }, upstream: api, public: true, output: { leaks: { card: mask, ownKey: mask, privateKey: block, maxBody: 2kb } } }
    - { id: unseen, match: { path: /unseen/** }, upstream: api, public: true, output: { leaks: { card: mask, maxBody: 2kb, larger: pass-unseen } } }
`

const [smallest] = backends
const TRACE = 'Error: no\n    at pay (/srv/app/src/pay.js:12:7)'
const JSON_TYPE = { 'content-type': 'application/json' }

describe('what an upstream answers', { timeout: 60_000 }, () => {
  let world: World
  let upstream: Server
  let control: Control
  let reader: string
  const seen: IncomingMessage['headers'][] = []
  let answer: (incoming: IncomingMessage, response: ServerResponse) => void

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    upstream = createServer((incoming, response) => {
      seen.push(incoming.headers)
      answer(incoming, response)
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
    reader = (await control.keyWith(['audit:read'])).key
  })

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  function answers(status: number, body: string | Buffer, headers: Record<string, string> = {}): void {
    answer = (_, response) => void response.writeHead(status, headers).end(body)
  }

  const ask = (path: string, init: { method?: string; headers?: Record<string, string> } = {}) =>
    askRaw(`${control.serving.gateway}${path}`, init)
  async function eventOf(type: string, requestId: unknown) {
    let found: { route: string; details: object } | undefined
    await eventually(async () => {
      const { body } = await control.call(reader, 'GET', `/v1/audit/events?type=${type}&limit=100`)
      found = body.items.find((it: { requestId: string }) => it.requestId === requestId)
      return found !== undefined
    }, 10_000)
    return found
  }

  describe('as an error of its own', () => {
    it('is a problem of ours with its status, and nothing of what it said', async () => {
      answers(503, TRACE, { 'retry-after': '7', 'x-debug': 'kept' })
      const got = await ask('/plain/1')
      expect([got.status, got.headers['retry-after'], got.json().code]).toEqual([503, '7', 'UPSTREAM_ERROR'])
      expect(got.headers['content-type']).toBe('application/problem+json')
      expect(JSON.stringify([got.json(), got.headers])).not.toMatch(/pay|x-debug/)
    })

    it('is told to the operator', async () => {
      answers(500, 'SQLSTATE[42S02] for ana@example.com', { 'content-type': 'text/html' })
      const { headers } = await ask('/plain/1')
      expect(await eventOf('answer.error_replaced', headers['x-request-id'])).toMatchObject({
        route: 'plain',
        details: { status: 500, shows: 'sql error', excerpt: 'SQLSTATE[42S02] for [mail]' },
      })
    })

    it('has no body for HEAD, and as many bytes as it says for GET', async () => {
      answers(500, '')
      const head = await ask('/plain/1', { method: 'HEAD' })
      expect([head.status, head.body.length]).toEqual([500, 0])
      const got = await ask('/plain/1')
      expect(got.body.length).toBe(Number(got.headers['content-length']))
    })

    it('is answered at once, however long it is', async () => {
      answer = (_, response) => {
        response.writeHead(500)
        const again = setInterval(() => response.write('x'.repeat(4096)), 1)
        response.on('close', () => clearInterval(again))
      }
      expect((await ask('/plain/1')).json().code).toBe('UPSTREAM_ERROR')
    })

    it('passes where that is said', async () => {
      answers(500, TRACE)
      const got = await ask('/passing/1')
      expect([got.status, got.body.toString()]).toEqual([500, TRACE])
    })
  })

  describe('as an error that is inspected', () => {
    it('passes as it is when it tells nothing', async () => {
      answers(422, '{"error":"amount"}', { ...JSON_TYPE, etag: '"1"' })
      const got = await ask('/inspected/1')
      expect([got.status, got.body.toString(), got.headers.etag]).toEqual([422, '{"error":"amount"}', '"1"'])
      const packed = gzipSync('{"error":"amount"}')
      answers(422, packed, { ...JSON_TYPE, 'content-encoding': 'gzip' })
      expect((await ask('/inspected/1')).body.equals(packed)).toBe(true)
    })

    it('is replaced when it tells of the inside', async () => {
      answers(404, TRACE, { allow: 'GET' })
      const got = await ask('/inspected/1')
      expect([got.status, got.json().code, got.headers.allow]).toEqual([404, 'UPSTREAM_REFUSED', 'GET'])
    })
  })

  it('as anything else goes by as it comes', async () => {
    const pieces = ['one', 'two']
    let more = () => {}
    answer = (_, response) => {
      response.write(pieces[0])
      more = () => response.end(pieces[1])
    }
    const asked = ask('/plain/1', { headers: { 'accept-encoding': 'gzip', range: 'bytes=0-5' } })
    await eventually(async () => seen.at(-1)?.range === 'bytes=0-5', 10_000)
    more()
    const got = await asked
    expect([got.status, got.body.toString(), seen.at(-1)?.['accept-encoding']]).toEqual([200, 'onetwo', 'gzip'])
    answers(404, TRACE)
    expect((await ask('/plain/1')).body.toString()).toBe(TRACE)
  })

  describe('with secrets in it', () => {
    const card = '4111111111111111'

    it('is asked for uncompressed and masked, and says nothing of the bytes that it was', async () => {
      answers(200, `{"card":"${card}","n":${card}}`, { ...JSON_TYPE, etag: '"1"' })
      const got = await ask('/masked/1', { headers: { 'accept-encoding': 'gzip, br' } })
      expect(got.json()).toEqual({ card: '************1111', n: '************1111' })
      expect([got.headers.etag, seen.at(-1)?.['accept-encoding']]).toEqual([undefined, 'identity'])
      expect(Number(got.headers['content-length'])).toBe(got.body.length)
      const event = await eventOf('answer.leak_found', got.headers['x-request-id'])
      expect(event).toMatchObject({ details: { kinds: 'card', count: 2, action: 'mask' } })
      expect(JSON.stringify(event)).not.toContain('4111')
    })

    it('has keys of ours masked', async () => {
      const { key } = await control.keyWith([])
      answers(200, `key: ${key}.`, { 'content-type': 'text/plain' })
      expect((await ask('/masked/1')).body.toString()).toBe('key: [removed].')
    })

    it('is not let out where that is asked for', async () => {
      answers(200, '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', { 'content-type': 'text/plain' })
      const got = await ask('/masked/1')
      expect([got.status, got.json().code]).toEqual([502, 'ANSWER_BLOCKED'])
      expect(got.body.toString()).not.toContain('MIIE')
    })

    it.each([
      ['compressed all the same', gzipSync(card), { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'ANSWER_BLOCKED'],
      ['larger than is looked through', ' '.repeat(3000), JSON_TYPE, 'UPSTREAM_ANSWER_TOO_LARGE'],
    ])('is not let out when it is %s', async (_, body, headers, code) => {
      answers(200, body, headers)
      expect(await ask('/masked/1').then((got) => [got.status, got.json().code])).toEqual([502, code])
    })

    it('passes unseen when it is larger and that is said', async () => {
      const body = `${card}${' '.repeat(300_000)}`
      answers(200, body, { 'content-type': 'text/plain', etag: '"1"' })
      const got = await ask('/unseen/1')
      expect([got.body.toString() === body, got.headers.etag]).toEqual([true, '"1"'])
      answers(200, card, { 'content-type': 'text/plain' })
      expect((await ask('/unseen/1')).body.toString()).toBe('************1111')
    })

    it('is as it was when nothing is found', async () => {
      answers(200, '{"id":1}', { ...JSON_TYPE, etag: '"1"', 'cache-control': 'public' })
      const got = await ask('/masked/1')
      expect([got.body.toString(), got.headers.etag, got.headers['cache-control']]).toEqual([
        '{"id":1}',
        '"1"',
        'public',
      ])
      const image = Buffer.from([0x89, 0x50, ...Buffer.from(card)])
      answers(200, image, { 'content-type': 'image/png' })
      expect((await ask('/masked/1')).body.equals(image)).toBe(true)
    })
  })
})
