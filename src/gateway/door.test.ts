import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  KEY,
  openRecorder,
  openSocket,
  openWorld,
  type Recorder,
  rawHead,
  sendRaw,
  until,
  type World,
} from './testing.ts'

let upstream: Recorder
let world: World

beforeAll(async () => {
  upstream = await openRecorder()
  world = await openWorld({ targets: [upstream.origin], transport: { headTimeout: 400, requestTimeout: 900 } })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

beforeEach(() => {
  upstream.heads.length = 0
  world.events.length = 0
})

async function refused(bytes: string | Buffer, status: number, code: string) {
  const answer = await sendRaw(world.port, bytes)
  expect(answer.text).toContain(`"code":"${code}"`)
  expect(answer.status).toBe(status)
  expect(answer.text).toMatch(/content-type: application\/problem\+json/i)
  expect(answer.text).toMatch(/x-request-id: \S{8,}/i)
  await until(() => world.events.length > 0)
  expect(world.events[0]).toMatchObject({ type: 'request.denied', outcome: 'denied', code, status })
  expect(upstream.heads).toEqual([])
}

describe('requests that two programs could read differently reach no upstream', () => {
  const get = (target: string) => rawHead(`GET ${target} HTTP/1.1`)

  test.each([
    '/orders/../admin',
    '/orders/%2e%2e/admin',
    '/orders/..%2fadmin',
    '/orders/%252fadmin',
    '/orders//admin',
    '/orders;v=1',
    '/orders\\..\\admin',
    '/orders/%00',
    '/orders/%ff',
    '//orders/1',
  ])('path %s', (path) => refused(get(path), 400, 'REQUEST_PATH_INVALID'))

  test.each(['http://evil.test/orders/1', '*'])('target %s', (target) =>
    refused(get(target), 400, 'REQUEST_TARGET_INVALID'),
  )

  test('CONNECT', () =>
    refused('CONNECT api.test:443 HTTP/1.1\r\nHost: api.test\r\n\r\n', 400, 'REQUEST_TARGET_INVALID'))

  test.each([
    ['two Host headers', 'GET /orders/1 HTTP/1.1\r\nHost: api.test\r\nHost: evil.test\r\n\r\n'],
    ['no Host header', 'GET /orders/1 HTTP/1.1\r\n\r\n'],
    ['an empty Host header', 'GET /orders/1 HTTP/1.1\r\nHost:\r\n\r\n'],
    ['a Host with a path', 'GET /orders/1 HTTP/1.1\r\nHost: api.test/evil\r\n\r\n'],
    ['a Host with a user', 'GET /orders/1 HTTP/1.1\r\nHost: me@api.test\r\n\r\n'],
  ])('%s', (_, bytes) => refused(bytes, 400, 'REQUEST_HOST_INVALID'))

  test.each([
    ['Transfer-Encoding and Content-Length', ['Transfer-Encoding: chunked', 'Content-Length: 3'], '0\r\n\r\n'],
    ['two Content-Length', ['Content-Length: 3', 'Content-Length: 3'], 'abc'],
    ['a Content-Length list', ['Content-Length: 3, 3'], 'abc'],
    ['a signed Content-Length', ['Content-Length: +3'], 'abc'],
    ['an unknown Transfer-Encoding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['chunked not last', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
    ['a space before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
    ['a folded line', ['X-A: b\r\n c'], ''],
    ['a NUL in a value', ['X-A: b\0c'], ''],
    ['a bare CR in a value', ['X-A: b\rc'], ''],
  ])('%s', (_, headers, body) => refused(rawHead('POST /orders HTTP/1.1', ...headers) + body, 400, 'REQUEST_MALFORMED'))

  test('HTTP/1.0 with Transfer-Encoding', () =>
    refused(`${rawHead('POST /orders HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n`, 400, 'REQUEST_MALFORMED'))

  test('what is not HTTP', () => refused('\x16\x03\x01\x00\xa5\x01\x00\x00', 400, 'REQUEST_MALFORMED'))

  test.each(['authorization', 'Content-Type', 'X-API-Key', 'apikey', 'User-Agent', 'X-Request-ID'])(
    'two %s headers',
    (name) => {
      const twice = [`${name}: aaaaaaaa`, `${name.toUpperCase()}: bbbbbbbb`]
      return refused(
        `${['GET /orders/1 HTTP/1.1', 'Host: api.test', ...twice].join('\r\n')}\r\n\r\n`,
        400,
        'REQUEST_HEADER_DUPLICATED',
      )
    },
  )

  test.each([
    ['GET', ['Content-Length: 3'], 'abc'],
    ['HEAD', ['Content-Length: 3'], 'abc'],
    ['GET', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ])('%s with a body: %j', async (method, headers, body) => {
    const answer = await sendRaw(world.port, rawHead(`${method} /orders/1 HTTP/1.1`, ...headers) + body)
    expect(answer.status).toBe(400)
    await until(() => world.events.length > 0)
    expect(world.events[0]).toMatchObject({ code: 'REQUEST_BODY_UNEXPECTED' })
    expect(upstream.heads).toEqual([])
  })

  test('a request behind a refused one is not answered', async () => {
    const answer = await sendRaw(world.port, get('/orders/../x') + get('/orders/1'))
    expect(answer.text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(answer.closed).toBe(true)
    expect(upstream.heads).toEqual([])
  })
})

describe('size', () => {
  test('a URL of more than 8 KB', () =>
    refused(rawHead(`GET /orders/${'a'.repeat(8_200)} HTTP/1.1`), 414, 'REQUEST_URL_TOO_LONG'))

  test('more than 100 headers', () =>
    refused(
      rawHead('GET /orders/1 HTTP/1.1', ...Array.from({ length: 99 }, (_, i) => `X-${i}: 1`)),
      431,
      'REQUEST_HEADERS_TOO_LARGE',
    ))

  test('more than 16 KB of headers', () =>
    refused(rawHead('GET /orders/1 HTTP/1.1', `X-A: ${'a'.repeat(16_400)}`), 431, 'REQUEST_HEADERS_TOO_LARGE'))

  test('far more than any of it', () =>
    refused(rawHead('GET /orders/1 HTTP/1.1', `X-A: ${'a'.repeat(60_000)}`), 431, 'REQUEST_HEADERS_TOO_LARGE'))

  test('just as much as is allowed', async () => {
    const headers = Array.from({ length: 97 }, (_, i) => `X-${i}: ${'a'.repeat(140)}`)
    const answer = await sendRaw(world.port, rawHead(`GET /orders/${'a'.repeat(8_000)} HTTP/1.1`, ...headers))
    expect(answer.status).toBe(200)
  })
})

describe('slowness', () => {
  test('a head that does not end in time', async () => {
    const socket = await openSocket(world.port)
    let text = ''
    socket.on('data', (piece) => (text += piece))
    socket.write('GET /orders/1 HTTP/1.1\r\nHost: api.test\r\nX-Slow:')
    await until(() => text.includes('REQUEST_TIMEOUT'))
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(upstream.heads).toEqual([])
    socket.destroy()
  })

  test('a connection on which nothing was said is closed without an Event', async () => {
    const socket = await openSocket(world.port)
    let closed = false
    socket.on('close', () => (closed = true))
    await until(() => closed)
    expect(world.events).toEqual([])
  })
})

describe('WebSocket and other upgrades', () => {
  const upgrade = (to: string) =>
    rawHead(
      'GET /orders/1 HTTP/1.1',
      'Connection: Upgrade',
      `Upgrade: ${to}`,
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
    )

  test('a WebSocket is told that there is none', () => refused(upgrade('websocket'), 501, 'UPGRADE_NOT_SUPPORTED'))

  test('an offer of h2c is answered in HTTP/1.1, and goes no further', async () => {
    const answer = await sendRaw(world.port, upgrade('h2c'))
    expect(answer.status).toBe(200)
    expect(upstream.seen.at(-1)?.header('upgrade')).toBeUndefined()
  })
})

describe('Expect', () => {
  test('any other expectation than 100-continue is refused', () =>
    refused(`${rawHead('POST /orders HTTP/1.1', 'Expect: 200-ok', 'Content-Length: 3')}abc`, 417, 'EXPECTATION_FAILED'))

  test('100 Continue comes after the decision, and not at all before a refusal', async () => {
    const head = rawHead('POST /orders HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 3')
    expect((await sendRaw(world.port, head)).text).toMatch(/^HTTP\/1\.1 100 Continue/)
    const refusedHead = head.replace(KEY, `${KEY}x`)
    expect((await sendRaw(world.port, refusedHead)).text).toMatch(/^HTTP\/1\.1 401/)
  })
})
