import { request as ask, createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const settings = (upstream: string) => `
gateway:
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: json, match: { path: /json }, upstream: api, public: true, input: { json: {} } }
    - { id: wide, match: { path: /wide }, upstream: api, public: true, input: { json: { depth: 3, items: 4, keys: 2 }, types: [application/json, text/plain], inflate: { maxBody: 64kb } } }
    - { id: files, match: { path: /files }, upstream: api, public: true, input: { maxBody: 1kb, json: {}, uploads: { types: [image/png, text/csv], maxBody: 20kb } } }
    - { id: head, match: { path: /head }, upstream: api, public: true, input: { headers: { count: 8, maxBytes: 512b }, url: 64b, query: { count: 3, repeated: [tag] } } }
    - { id: page, match: { path: /page }, upstream: api, public: true, input: { page: { parameter: limit } } }
    - { id: strict, match: { path: /strict }, upstream: api, public: true, input: { page: { parameter: limit, default: null, max: 50, otherwise: refuse } } }
    - { id: graphql, match: { path: /graphql }, upstream: api, public: true, input: { graphql: {} } }
    - { id: plain, match: { path: /plain }, upstream: api, public: true }
`

type Seen = { url: string; headers: IncomingMessage['headers']; body: Buffer }
type Answered = { status: number; code: string | null; errors: unknown }
const [smallest] = backends
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(5000)])

describe('what a request brings is looked at before the upstream sees it', { timeout: 60_000 }, () => {
  let world: World
  let upstream: Server
  let control: Control
  const seen: Seen[] = []

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    upstream = createServer(async (incoming, response) => {
      const pieces: Buffer[] = []
      for await (const piece of incoming) pieces.push(piece)
      seen.push({ url: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(pieces) })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
  })

  beforeEach(() => {
    seen.length = 0
  })

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  function send(path: string, body?: string | Buffer, headers: Record<string, string | string[]> = {}) {
    return new Promise<Answered>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const outgoing = ask(
        control.serving.gateway + path,
        { method, headers: { ...type, ...headers } },
        async (incoming) => {
          let text = ''
          for await (const piece of incoming) text += piece
          const { code = null, errors = null } = JSON.parse(text)
          resolve({ status: incoming.statusCode ?? 0, code, errors })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  const passed = { status: 200, code: null, errors: null }

  it('passes JSON on byte for byte', async () => {
    const body = '{ "a": [1.0, 12345678901234567890, "\\u0041é"] }'
    expect(await send('/json', body)).toEqual(passed)
    expect(seen[0]?.body.toString()).toBe(body)
  })

  it.each([
    ['{"order":{"price":1,"price":0}}', 'JSON_AMBIGUOUS', '/order/price', 'comes twice'],
    ['{"__proto__":{"admin":true}}', 'JSON_AMBIGUOUS', '/__proto__', 'is a name that reaches into prototypes'],
    ['[{"n":1e999}]', 'JSON_AMBIGUOUS', '/0/n', 'is a number beyond what a double holds, or too long'],
    ['"\\ud800"', 'JSON_AMBIGUOUS', '', 'has half of a surrogate pair'],
    ['{"a":1}{"a":2}', 'JSON_MALFORMED', '', 'is followed by something else'],
    ['{"a":[1,2', 'JSON_MALFORMED', '/a/1', 'is not JSON from here on'],
    [`${'['.repeat(11)}${']'.repeat(11)}`, 'JSON_TOO_COMPLEX', '/0'.repeat(10), 'is nested deeper than 10'],
    [`[${'1,'.repeat(1000)}1]`, 'JSON_TOO_COMPLEX', '/1000', 'is beyond 1000 elements of one list'],
  ])('refuses %s with the place and nothing of the value', async (body, code, path, message) => {
    expect(await send('/json', body)).toEqual({ status: 400, code, errors: [{ path, message }] })
    expect(seen).toEqual([])
  })

  it('refuses bytes that are no UTF-8', async () => {
    expect(await send('/json', Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toMatchObject({ code: 'JSON_MALFORMED' })
  })

  it('refuses another type, or JSON in another charset, so that neither is a way around', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'json'])
      expect(await send('/json', '{"__proto__":1}', { 'content-type': type })).toMatchObject({
        status: 415,
        code: 'BODY_TYPE_REFUSED',
      })
    expect(await send('/json', '{}', { 'content-type': 'application/merge-patch+json; charset=UTF-8' })).toEqual(passed)
    expect(await send('/wide', '{"a":{"__proto__":[]}}', { 'content-type': 'text/plain' })).toEqual(passed)
    expect(await send('/wide', '{"a":1,"b":2,"c":3}')).toMatchObject({ code: 'JSON_TOO_COMPLEX' })
  })

  it('needs no body where there is none', async () => {
    expect(await send('/json')).toEqual(passed)
    expect(await send('/json', '')).toEqual(passed)
  })

  it('refuses compressed bodies where it looks into bodies, and unpacks them where it is told to', async () => {
    const packed = gzipSync('{"a":[1]}')
    expect(await send('/json', packed, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 415,
      code: 'BODY_ENCODING_REFUSED',
    })
    for (const [coding, body] of [
      ['gzip', packed],
      ['deflate', deflateSync('{"a":[1]}')],
      ['BR', brotliCompressSync('{"a":[1]}')],
    ] as const) {
      seen.length = 0
      expect(await send('/wide', body, { 'content-encoding': coding })).toEqual(passed)
      expect(seen[0]?.body.toString()).toBe('{"a":[1]}')
      expect(seen[0]?.headers['content-encoding']).toBe(undefined)
      expect(seen[0]?.headers['content-length']).toBe('9')
    }
  })

  it('looks into what was packed', async () => {
    const hidden = gzipSync('{"a":1,"a":2}')
    expect(await send('/wide', hidden, { 'content-encoding': 'gzip' })).toMatchObject({ code: 'JSON_AMBIGUOUS' })
  })

  it('stops unpacking at a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, 32))
    expect(await send('/wide', bomb, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      code: 'BODY_EXPANDS_TOO_FAR',
    })
    for (const coding of ['gzip, gzip', 'compress', 'gzip'])
      expect(await send('/wide', '{}', { 'content-encoding': coding })).toMatchObject({ code: 'BODY_ENCODING_REFUSED' })
    expect(seen).toEqual([])
  })

  const form = (...parts: readonly (readonly [head: string, content: Buffer | string])[]) =>
    Buffer.concat([
      ...parts.flatMap(([head, content]) => [
        Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
        Buffer.from(content),
        Buffer.from('\r\n'),
      ]),
      Buffer.from('--b--\r\n'),
    ])
  const FORM = { 'content-type': 'multipart/form-data; boundary=b' }
  const ofPng = 'name="f"; filename="a.png"\r\nContent-Type: image/png'

  it('takes files whose bytes are what they say, larger than other bodies', async () => {
    expect(await send('/files', PNG, { 'content-type': 'image/png' })).toEqual(passed)
    expect(await send('/files', form(['name="title"', 'Höhe'], [ofPng, PNG]), FORM)).toEqual(passed)
    expect(seen.map(({ body }) => body.length > 5000)).toEqual([true, true])
    expect(await send('/files', `"${'x'.repeat(2000)}"`)).toMatchObject({ status: 413, code: 'REQUEST_BODY_TOO_LARGE' })
    expect(await send('/files', Buffer.concat([PNG, Buffer.alloc(20_000)]), FORM)).toMatchObject({ status: 413 })
  })

  it.each([
    [
      'a script that calls itself an image',
      form([ofPng, '<script>1</script>']),
      [{ path: 'f', message: 'is not of the type that it says' }],
    ],
    [
      'a type that is not listed',
      form(['name="f"; filename="a.svg"\r\nContent-Type: image/svg+xml', '<svg/>']),
      [{ path: 'f', message: 'has a type that is not taken' }],
    ],
    [
      'markup as text',
      form(['name="f"; filename="a.csv"\r\nContent-Type: text/csv', ' <html>']),
      [{ path: 'f', message: 'is not of the type that it says' }],
    ],
    [
      'a second name for the file',
      form(['name="f"; filename="a.png"; filename*=utf-8\'\'a.php\r\nContent-Type: image/png', PNG]),
      null,
    ],
    ['a path for a name', form(['name="f"; filename="../a.png"\r\nContent-Type: image/png', PNG]), null],
    ['something before the first boundary', Buffer.concat([Buffer.from('x\r\n'), form([ofPng, PNG])]), null],
    ['something behind the last', Buffer.concat([form([ofPng, PNG]), Buffer.from('<?php')]), null],
  ])('refuses %s', async (_, body, errors) => {
    expect(await send('/files', body, FORM)).toEqual({ status: 415, code: 'UPLOAD_REFUSED', errors })
    expect(seen).toEqual([])
  })

  it('bounds headers, the URL and the query', async () => {
    expect(await send('/head?a=1&tag=x&tag=y')).toEqual(passed)
    expect(await send('/head', undefined, { a: 'x'.repeat(500) })).toMatchObject({
      status: 431,
      code: 'HEADERS_BEYOND_ROUTE',
    })
    const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x-${i}`, '1']))
    expect(await send('/head', undefined, many)).toMatchObject({ code: 'HEADERS_BEYOND_ROUTE' })
    expect(await send(`/head?a=${'x'.repeat(60)}`)).toMatchObject({ status: 414, code: 'URL_BEYOND_ROUTE' })
    expect(await send('/head?a=1&b=2&c=3&d=4')).toMatchObject({ status: 400, code: 'QUERY_REFUSED' })
    expect(await send('/head?a=1&%61=2')).toEqual({
      status: 400,
      code: 'QUERY_REFUSED',
      errors: [{ path: 'a', message: 'comes twice' }],
    })
    expect(await send('/head?a=%c3%28')).toMatchObject({ code: 'QUERY_REFUSED' })
  })

  it('asks the upstream for no more than a page, and for the usual one where nobody says', async () => {
    for (const path of ['/page', '/page?limit=7&x=1', '/page?x=1&limit=100000&y=2', '/page?x=1&&y=%20'])
      expect(await send(path)).toEqual(passed)
    expect(seen.map(({ url }) => url)).toEqual([
      '/page?limit=20',
      '/page?limit=7&x=1',
      '/page?x=1&y=2&limit=100',
      '/page?x=1&y=%20&limit=20',
    ])
    for (const query of [
      'limit=0',
      'limit=-1',
      'limit=1e9',
      'limit=5&limit=500',
      'Limit=500',
      'limit[]=500',
      '%6cimit[a]=5',
    ])
      expect(await send(`/page?${query}`)).toMatchObject({ status: 400, code: 'PAGE_SIZE_REFUSED' })
    expect(await send('/strict?limit=51')).toEqual({
      status: 400,
      code: 'PAGE_SIZE_REFUSED',
      errors: [{ path: 'limit', message: 'must be at most 50' }],
    })
    expect(await send('/strict')).toEqual(passed)
    expect(seen.at(-1)?.url).toBe('/strict')
  })

  it('reads and counts GraphQL, by POST and GET', async () => {
    expect(await send('/graphql', '{"query":"{ orders(first: 10) { id } }"}')).toEqual(passed)
    expect(await send(`/graphql?query=${encodeURIComponent('{ orders { id } }')}`)).toEqual(passed)
    expect(seen.length).toBe(2)
    const deep = `${'{a'.repeat(11)}${'}'.repeat(11)}`
    const told = {
      status: 400,
      code: 'GRAPHQL_TOO_COMPLEX',
      errors: [{ path: 'depth', message: 'is 11; at most 10 is given' }],
    }
    expect(await send('/graphql', JSON.stringify({ query: deep }))).toEqual(told)
    expect(await send('/graphql', deep, { 'content-type': 'application/graphql' })).toEqual(told)
    expect(await send(`/graphql?query=${encodeURIComponent(deep)}`)).toEqual(told)
    expect(await send('/graphql', '{"query":"{ a }","query":"{ __schema { types { name } } }"}')).toMatchObject({
      code: 'JSON_AMBIGUOUS',
    })
    expect(await send('/graphql', '{"query":"{ __schema { types { name } } }"}')).toMatchObject({
      status: 403,
      code: 'GRAPHQL_INTROSPECTION_REFUSED',
    })
    expect(await send('/graphql', 'query=x', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
    expect(seen.length).toBe(2)
  })

  it('leaves routes that say nothing of it alone', async () => {
    const packed = gzipSync('{"a":1,"a":2}')
    expect(await send('/plain', packed, { 'content-encoding': 'gzip' })).toEqual(passed)
    expect(seen[0]?.body.equals(packed)).toBe(true)
  })
})
