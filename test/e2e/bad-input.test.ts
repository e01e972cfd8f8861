import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

// The control plane under bad input. The gateway's own suite does the same over raw sockets.
describe.each(backends)('bad input to the control plane on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let keysBefore: number

  beforeAll(async () => {
    world = await open()
    control = await openControl(world)
    admin = (await control.keyWith(['*'])).key
    keysBefore = await countKeys()
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const countKeys = async () => (await control.call(admin, 'GET', '/v1/keys?limit=100')).body.items.length

  it.each([
    ['{"name":"x"', 400, 'JSON_MALFORMED'],
    ['', 400, 'JSON_MALFORMED'],
    ['{"name":"x","__proto__":{"admin":true}}', 400, 'JSON_MALFORMED'],
    ['[]', 400, 'INPUT_INVALID'],
    ['null', 400, 'INPUT_INVALID'],
    ['"text"', 400, 'INPUT_INVALID'],
    [JSON.stringify({ name: 'x', tags: ['a\u0000b'] }), 400, 'INPUT_INVALID'],
    [JSON.stringify({ name: 'x'.repeat(10_485_760) }), 413, 'REQUEST_BODY_TOO_LARGE'],
  ])('a body like %.40j is %d %s', async (body, status, code) => {
    const answer = await control.call(admin, 'POST', '/v1/keys', body)
    expect(answer.status).toBe(status)
    expect(answer.body.code).toBe(code)
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml'])(
    'the content type %s is refused',
    async (type) => {
      const answer = await control.call(admin, 'POST', '/v1/keys', '{"name":"x"}', { 'content-type': type })
      expect(answer.body).toMatchObject({ status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' })
    },
  )

  it.each([
    '/v1/keys/../keys',
    '/v1/./keys',
    '/v1//keys',
    '/v1/%6beys',
    '/v1/keys%2f',
    '/v1/keys;x=1',
    '/v1/keys/%2e%2e',
    '/v1/keys/%252f',
    '/v1\\keys',
    '/v1/keys/%00',
    '/v1/keys/%',
  ])('the path %s is refused', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${admin}\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it.each([
    [
      'two Authorization headers',
      (key: string) =>
        `GET /v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'two keys',
      (key: string) =>
        `GET /v1/keys HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nX-API-Key: other\r\nConnection: close\r\n\r\n`,
    ],
    [
      'two Host headers',
      (key: string) => `GET /v1/keys HTTP/1.1\r\nHost: x\r\nHost: y\r\nX-API-Key: ${key}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'Transfer-Encoding with Content-Length',
      (key: string) =>
        `POST /v1/keys HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{"name":"x"}\r\n0\r\n\r\n`,
    ],
    [
      'an obsolete line fold',
      (key: string) => `GET /v1/keys HTTP/1.1\r\nHost: x\r\nX-Test: a\r\n b\r\nX-API-Key: ${key}\r\n\r\n`,
    ],
  ])('%s is refused', async (_name, request) => {
    expect(await raw(request(admin))).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('an unknown route is 404 with a problem, and says nothing else', async () => {
    const answer = await control.call(admin, 'GET', '/v1/nothing')
    expect(answer.body).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' })
  })

  it('an id of the wrong form is 400, of the right form and unknown 404', async () => {
    expect((await control.call(admin, 'GET', '/v1/keys/42')).body).toMatchObject({
      status: 400,
      errors: [{ path: 'params.id' }],
    })
    expect((await control.call(admin, 'GET', `/v1/keys/key_${'0'.repeat(24)}`)).status).toBe(404)
  })

  it('stored nothing of all that', async () => {
    expect(await countKeys()).toBe(keysBefore)
  })

  it('takes a well-formed X-Request-ID and replaces any other', async () => {
    const kept = await control.call(admin, 'GET', '/version', undefined, { 'x-request-id': 'trace-12345678' })
    expect(kept.headers.get('x-request-id')).toBe('trace-12345678')
    const replaced = await control.call(admin, 'GET', '/version', undefined, { 'x-request-id': 'a b<script>' })
    expect(replaced.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('describes every route it has, with its permission, in an OpenAPI 3.1 document', async () => {
    const { body } = await control.call(null, 'GET', '/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/keys',
        '/v1/keys/{id}',
        '/v1/keys/verify',
        '/v1/services',
        '/v1/audit/events',
        '/livez',
        '/oauth/jwks',
      ]),
    )
    expect(body.paths['/v1/keys'].post['x-permission']).toEqual(['keys:create', 'keys:manage'])
    expect(body.paths['/livez'].get.security).toEqual([])
  })

  it('follows the record as it is written, and still stops at once', async () => {
    const other = await openControl(world)
    const { key } = await other.keyWith(['audit:read'])
    const stream = await fetch(`${other.url}/v1/audit/stream?type=key.*`, { headers: { 'x-api-key': key } })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    await other.keyWith([])
    let text = ''
    while (!text.includes('key.created')) text += (await reader?.read())?.value ?? ''
    expect(text).toMatch(/^:\n\nid: evt_\w+\ndata: \{/)
    const began = Date.now()
    await other.stop()
    expect(Date.now() - began).toBeLessThan(5000)
  })

  it('serves health, version and metrics to monitors', async () => {
    expect((await control.call(null, 'GET', '/livez')).body).toEqual({ status: 'alive' })
    expect((await control.call(null, 'GET', '/readyz')).body).toEqual({ status: 'ready' })
    const metrics = await (await fetch(`${control.url}/metrics`)).text()
    expect(metrics).toContain('api_requests_total{method="GET",endpoint="/v1/keys",status="200"}')
    expect(metrics).toContain('api_auth_failures_total')
  })

  it.each(['X-API-Key', 'Authorization', 'Content-Type'])('a request with %s twice is refused', async (name) => {
    const line = name === 'Content-Type' ? 'application/json' : `ApiKey ${admin}`
    const fields = [name, name.toLowerCase()].map((it) => `${it}: ${line}\r\n`).join('')
    const answer = await raw(`GET /v1/keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('REQUEST_HEADER_DUPLICATED')
  })

  function raw(text: string): Promise<string> {
    const { hostname, port } = new URL(control.url)
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(text))
      let answer = ''
      socket.on('data', (part) => {
        answer += part
      })
      socket.once('close', () => resolve(answer))
      socket.once('error', reject)
      setTimeout(() => socket.destroy(), 3000)
    })
  }
})
