import { createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listen, openRecorder, openWorld, type Recorder, rawHead, sendRaw, until, type World } from '../testing.ts'

describe('a request hidden in another', () => {
  let upstream: Recorder
  let world: World

  beforeAll(async () => {
    upstream = await openRecorder()
    world = await openWorld({ targets: [upstream.origin] })
  })
  afterAll(async () => {
    await world.close()
    await upstream.close()
  })
  beforeEach(() => {
    upstream.heads.length = 0
    upstream.seen.length = 0
  })

  const hidden = 'GET /orders/hidden HTTP/1.1\r\nHost: api.test\r\n\r\n'
  const post = (...headers: readonly string[]) => rawHead('POST /orders HTTP/1.1', ...headers)

  test.each([
    ['CL.TE', `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`],
    ['TE.CL', `${post('Transfer-Encoding: chunked', 'Content-Length: 4')}5c\r\n${hidden}\r\n0\r\n\r\n`],
    ['TE.TE, twice', `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: x')}0\r\n\r\n${hidden}`],
    ['TE.TE, twice the same', `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`],
    ['TE.TE, in a list', `${post('Transfer-Encoding: identity, chunked')}0\r\n\r\n${hidden}`],
    ['TE.TE, in quotes', `${post('Transfer-Encoding: "chunked"')}0\r\n\r\n${hidden}`],
    ['TE.TE, with a parameter', `${post('Transfer-Encoding: chunked;q=1')}0\r\n\r\n${hidden}`],
    ['TE.TE, with a control before', `${post('Transfer-Encoding: \x0bchunked')}0\r\n\r\n${hidden}`],
    ['TE.TE, behind a bare line feed', `${post('X-A: a\nTransfer-Encoding: chunked')}0\r\n\r\n${hidden}`],
    ['TE.TE, with another name', `${post('Transfer-Encoding\x00: chunked')}0\r\n\r\n${hidden}`],
    ['two lengths', `${post('Content-Length: 0', `Content-Length: ${hidden.length}`)}${hidden}`],
    ['a length in hexadecimal', `${post('Content-Length: 0x10')}${hidden}`],
    ['a length with a sign', `${post('Content-Length: +0')}${hidden}`],
    ['a length beyond numbers', `${post('Content-Length: 18446744073709551616')}${hidden}`],
    ['a chunk beyond numbers', `${post('Transfer-Encoding: chunked')}ffffffffffffffffff\r\nabc\r\n0\r\n\r\n${hidden}`],
    ['a chunk with a sign', `${post('Transfer-Encoding: chunked')}-3\r\nabc\r\n0\r\n\r\n${hidden}`],
    ['a chunk with 0x', `${post('Transfer-Encoding: chunked')}0x3\r\nabc\r\n0\r\n\r\n${hidden}`],
    ['a chunk that ends in a bare line feed', `${post('Transfer-Encoding: chunked')}3\nabc\r\n0\r\n\r\n${hidden}`],
    ['a chunk that is longer than it says', `${post('Transfer-Encoding: chunked')}2\r\nabc\r\n0\r\n\r\n${hidden}`],
  ])('by %s never reaches the upstream', async (_, bytes) => {
    const answer = await sendRaw(world.port, bytes)
    expect(answer.status).toBe(400)
    expect(answer.closed).toBe(true)
    expect(answer.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
    await until(() => world.gateway.underWay() === 0)
    expect(upstream.heads.filter((head) => head.includes('hidden'))).toEqual([])
    expect(upstream.seen).toEqual([])
  })

  test('behind no length at all (CL.0) is a request of its own, judged for itself', async () => {
    const answer = await sendRaw(world.port, `${post('Content-Length: 0')}${hidden}`)
    const statuses = answer.text.match(/^HTTP\/1\.1 \d+/gm)
    expect(statuses).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401'])
    expect(upstream.heads).toEqual(['POST /orders'])
  })

  test('in trailers changes nothing', async () => {
    const chunks = '3\r\nabc\r\n0\r\nX-Principal-Id: svc_other\r\nX-A: b\r\n\r\n'
    expect((await sendRaw(world.port, post('Transfer-Encoding: chunked') + chunks)).status).toBe(200)
    expect(upstream.seen[0]?.body.toString()).toBe('abc')
    expect(upstream.seen[0]?.header('x-principal-id')).toBe('svc_one')
  })
})

describe('an upstream', () => {
  let server: Server
  let world: World
  let asked = 0
  let say: (text: string) => string = () => ''

  beforeEach(async () => {
    asked = 0
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (piece) => {
        asked++
        socket.write(say(String(piece)))
      })
    })
    world = await openWorld({ targets: [`http://127.0.0.1:${await listen(server)}`], upstream: { connections: 1 } })
  })
  afterEach(async () => {
    await world.close()
    server.close()
  })

  const get = (n: number) => sendRaw(world.port, rawHead(`GET /orders/${n} HTTP/1.1`, 'Connection: close'))

  test('that says more than its length never answers the next request with it', async () => {
    const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
    say = (text) =>
      text.includes('/orders/1')
        ? `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${evil}`
        : 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood'
    const first = await get(1)
    expect(first.text).not.toContain('evil')
    expect((await get(2)).text).toMatch(/good$/)
  })

  test.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nab'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
    ],
    ['a bare line feed in a value', 'HTTP/1.1 200 OK\r\nX-A: a\rX-B: b\r\nContent-Length: 0\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
    ['another version', 'HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n'],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    ],
  ])('that sends %s is 502', async (_, bytes) => {
    say = () => bytes
    const answer = await get(1)
    expect(answer.status).toBe(502)
    expect(answer.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
  })

  test('that sends a head without end is cut off at a bound', async () => {
    const line = `X-A: ${'a'.repeat(8_000)}\r\n`
    let written = 0
    server.removeAllListeners('connection')
    server.on('connection', (socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const more = () => {
          while (!socket.destroyed && written < 100_000_000) {
            written += line.length
            if (!socket.write(line)) return void socket.once('drain', more)
          }
        }
        more()
      })
    })
    expect((await get(1)).status).toBe(502)
    expect(written).toBeLessThan(20_000_000)
  })

  test('that answers before it has read is heard, and its connection is not used for the rest', async () => {
    say = () => (asked === 1 ? 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno' : '')
    const head = rawHead('POST /orders HTTP/1.1', 'Content-Length: 100000', 'Connection: close')
    const answer = await sendRaw(world.port, head + 'a'.repeat(20_000))
    expect(answer.status).toBe(403)
    expect(answer.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
  })
})
