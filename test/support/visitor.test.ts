import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openJar } from './cookies.ts'
import { openVisitor } from './visitor.ts'

type Seen = { method: string; headers: IncomingHttpHeaders; body: string; address: string }

let server: Server
let url: string
let setCookie: string[] = []

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { method, headers, socket } = request
    const seen = { method, headers, body: await text(request), address: socket.remoteAddress }
    if (request.url === '/text') return response.end('plain')
    if (request.url === '/away') return response.writeHead(303, { location: '/' }).end()
    if (setCookie.length > 0) response.setHeader('set-cookie', setCookie)
    setCookie = []
    response.setHeader('content-type', 'application/problem+json; charset=utf-8').end(JSON.stringify(seen))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

const seenOf = ({ body }: { body: unknown }): Seen => body as Seen
const SESSION = '__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax'

describe('a visitor', () => {
  it('asks as a page of the server would, and can be made to ask otherwise', async () => {
    const visitor = openVisitor(url)
    const usual = seenOf(await visitor.post('/', { a: 1 }))
    expect(usual).toMatchObject({ method: 'POST', body: '{"a":1}', address: '127.0.0.1' })
    expect(usual.headers).toMatchObject({
      origin: url,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/json',
      'user-agent': expect.stringContaining('Firefox'),
    })
    const bare = await visitor.post('/', 'not json', { Origin: null, 'Sec-Fetch-Site': 'cross-site' })
    expect(seenOf(bare)).toMatchObject({ body: 'not json', headers: { 'sec-fetch-site': 'cross-site' } })
    expect(seenOf(bare).headers.origin).toBeUndefined()
    const reading = seenOf(await visitor.get('/'))
    expect([reading.headers.origin, reading.headers['content-type'], reading.body]).toEqual([undefined, undefined, ''])
  })

  it('comes from where and with what it is told', async () => {
    const options = { origin: 'https://a.example', userAgent: 'curl/8', address: '127.0.0.7', language: 'de' }
    const { headers, address } = seenOf(await openVisitor(url, options).put('/', new URLSearchParams({ a: 'b c' })))
    expect(address).toBe('127.0.0.7')
    expect(headers).toMatchObject({
      origin: 'https://a.example',
      'user-agent': 'curl/8',
      'accept-language': 'de',
      'content-type': 'application/x-www-form-urlencoded',
    })
  })

  it('gives back what is no JSON as text, and follows no redirect', async () => {
    const visitor = openVisitor(url)
    expect((await visitor.get('/text')).body).toBe('plain')
    const { status, headers, body } = await visitor.get('/away')
    expect([status, headers.get('location'), body]).toEqual([303, '/', null])
  })

  it('keeps cookies and sends them, over http on the loopback interface too', async () => {
    for (const base of [url, url.replace('127.0.0.1', 'localhost')]) {
      const visitor = openVisitor(base)
      setCookie = [SESSION, 'seen=1; Max-Age=60']
      await visitor.get('/')
      expect(visitor.cookies()).toMatchObject([
        { name: '__Host-session', value: 'abc', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' },
        { name: 'seen', httpOnly: false, sameSite: null },
      ])
      expect(seenOf(await visitor.get('/x')).headers.cookie).toBe('__Host-session=abc; seen=1')
    }
  })

  it('can be copied, device and address otherwise, and forgets without the copy forgetting', async () => {
    const visitor = openVisitor(url)
    setCookie = [SESSION]
    await visitor.get('/')
    const thief = visitor.copy({ address: '127.0.0.9' })
    visitor.forget()
    expect(visitor.cookies()).toEqual([])
    expect(seenOf(await visitor.get('/')).headers.cookie).toBeUndefined()
    expect(seenOf(await thief.get('/'))).toMatchObject({
      address: '127.0.0.9',
      headers: { cookie: '__Host-session=abc' },
    })
  })
})

describe('a jar', () => {
  const here = new URL('http://localhost:1/account/sessions')
  const jarWith = (lines: string[], at = here) => {
    const jar = openJar()
    jar.keep(lines, at, 1000)
    return jar
  }

  it.each([
    ['ends after Max-Age', 'a=1; Max-Age=2', 2999, 3000],
    ['ends at Expires', 'a=1; Expires=Thu, 01 Jan 1970 00:00:05 GMT', 4999, 5000],
    [
      'ends after Max-Age, whatever Expires says',
      'a=1; Expires=Thu, 01 Jan 1970 00:00:05 GMT; Max-Age=9',
      9999,
      10_000,
    ],
    [
      'ends after 400 days at the most',
      'a=1; Max-Age=99999999999',
      1000 + 400 * 86_400_000 - 1,
      1000 + 400 * 86_400_000,
    ],
  ])('%s', (_what, line, alive, over) => {
    const jar = jarWith([line])
    expect(jar.list(alive)).toHaveLength(1)
    expect(jar.list(over)).toEqual([])
    expect(jar.headerFor(here, over)).toBeNull()
  })

  it('drops what is set to the past, and replaces what has the same name and path', () => {
    const jar = jarWith(['a=1; Path=/', 'a=2; Path=/', 'b=1', 'b=; Max-Age=0'])
    expect(jar.list(1000).map(({ name, value }) => [name, value])).toEqual([['a', '2']])
  })

  it('sends a cookie below its path alone, the longest path first', () => {
    const jar = jarWith(['top=1; Path=/', 'sessions=1; Path=/account/sessions', 'account=1'])
    expect(jar.headerFor(here, 1000)).toBe('sessions=1; account=1; top=1')
    expect(jar.headerFor(new URL('http://localhost:1/account'), 1000)).toBe('account=1; top=1')
    expect(jar.headerFor(new URL('http://localhost:1/accounts'), 1000)).toBe('top=1')
  })

  it('sends a secure cookie over TLS or to this machine, and nowhere else', () => {
    const jar = jarWith(['a=1; Path=/; Secure'], new URL('https://example.com/'))
    expect(jar.headerFor(new URL('https://example.com/'), 1000)).toBe('a=1')
    expect(jar.headerFor(new URL('http://example.com/'), 1000)).toBeNull()
    expect(jar.headerFor(new URL('http://localhost.example.com/'), 1000)).toBeNull()
  })

  it.each([
    ['__Host-a=1; Path=/', 'Secure'],
    ['__host-a=1; Secure', 'Path=/'],
    ['__Host-a=1; Secure; Path=/account', 'Path=/'],
    ['__Host-a=1; Secure; Path=/; Domain=localhost', 'Domain'],
    ['__Secure-a=1; Path=/', 'Secure'],
    ['a=1; SameSite=None', 'SameSite=None'],
    ['a=1; Max-Age=soon', 'no time'],
    ['a=1; Expires=soon', 'no time'],
    ['a=1; Path=/; Path=/', 'twice'],
    ['a=1; HttpOny', 'attribute'],
    ['a=é', 'characters'],
    ['a b=1', 'token'],
    [`a=${'x'.repeat(4096)}`, 'too long'],
  ])('does not take %s', (line, reason) => {
    expect(() => jarWith([line])).toThrow(reason)
  })

  it('does not take a secure cookie over a connection that is not', () => {
    expect(() => jarWith(['a=1; Secure'], new URL('http://example.com/'))).toThrow('Secure')
  })
})
