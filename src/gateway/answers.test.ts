import { createServer as createListener } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Step } from '../core/index.ts'
import { ask, listen, openRecorder, openWorld, type Recorder, type World, withKey } from './testing.ts'

let open: (Recorder | World)[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

async function gatewayTo(answer: Parameters<typeof openRecorder>[0], steps: readonly Step[] = []) {
  const upstream = await openRecorder(answer)
  const world = await openWorld({ targets: [upstream.origin], steps: () => steps })
  open.push(world, upstream)
  return world
}

/** An upstream that writes bytes as they are. */
async function gatewayToBytes(bytes: string) {
  const server = createListener((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(bytes))
  })
  const port = await listen(server)
  const world = await openWorld({ targets: [`http://127.0.0.1:${port}`] })
  open.push(world, { close: () => new Promise<void>((resolve) => server.close(() => resolve())) } as Recorder)
  return world
}

describe('an answer of the upstream', () => {
  test('comes without what tells of the inside', async () => {
    const world = await gatewayTo((_, response) => {
      response.setHeader('Server', 'secret/1.0')
      response.setHeader('X-Powered-By', 'Express')
      response.setHeader('X-AspNet-Version', '4')
      response.setHeader('Alt-Svc', 'h2=":9090"')
      response.setHeader('X-Hop', 'a')
      response.setHeader('Connection', 'keep-alive, x-hop')
      response.setHeader('X-Request-ID', 'theirs-1234')
      response.setHeader('X-Kept', 'yes')
      response.end('ok')
    })
    const { headers } = await ask(`${world.url}/orders/1`, { headers: withKey })
    for (const name of ['server', 'x-powered-by', 'x-aspnet-version', 'alt-svc', 'x-hop']) {
      expect(headers).not.toHaveProperty([name])
    }
    expect(headers['x-kept']).toBe('yes')
    expect(headers['x-request-id']).toMatch(/^req_/)
  })

  test('keeps each of its cookies', async () => {
    const cookies = ['a=1; Path=/', 'b=2; HttpOnly', 'c=3']
    const world = await gatewayTo((_, response) => void response.setHeader('Set-Cookie', cookies).end())
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).headers['set-cookie']).toEqual(cookies)
  })

  test('carries what steps noted, once', async () => {
    const note: Step = {
      name: 'note',
      stage: 'limits',
      apply: () => ({ is: 'note', headers: { ratelimit: '"a";r=1;t=1' } }),
    }
    const world = await gatewayTo((_, response) => void response.setHeader('RateLimit', 'theirs').end('ok'), [note])
    const { rawHeaders } = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect(rawHeaders.filter((line) => /ratelimit/i.test(line))).toEqual(['ratelimit'])
    expect(rawHeaders).toContain('"a";r=1;t=1')
  })

  test.each([204, 304])('with status %i has no body', async (status) => {
    const world = await gatewayTo((_, response) => void response.writeHead(status, { etag: '"1"' }).end())
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([status, 0, '"1"'])
  })

  test('to HEAD tells the length and sends nothing', async () => {
    const world = await gatewayTo((_, response) => void response.writeHead(200, { 'content-length': 5 }).end('hello'))
    for (let i = 0; i < 3; i++) {
      const answer = await ask(`${world.url}/orders/1`, { method: 'HEAD', headers: withKey })
      expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '5', 0])
    }
  })

  test('is passed on whatever its status', async () => {
    const world = await gatewayTo((_, response) => void response.writeHead(500).end('oops'))
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).body.toString()).toBe('oops')
    expect(await world.nextEvent()).toMatchObject({
      type: 'request.allowed',
      outcome: 'success',
      status: 500,
      bytesOut: 4,
    })
  })

  test('is waited for through 103 Early Hints', async () => {
    const world = await gatewayTo((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('late')
    })
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).body.toString()).toBe('late')
  })

  test('without a length comes whole', async () => {
    const world = await gatewayToBytes('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end')
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).body.toString()).toBe('until the end')
  })

  test('loses its trailers', async () => {
    const world = await gatewayToBytes(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    )
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect(answer.body.toString()).toBe('ok')
    expect(answer.headers).not.toHaveProperty('trailer')
  })
})

describe('an answer that is not HTTP becomes 502', () => {
  test.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a broken status line', 'HTTP/1.1 OK\r\n\r\n'],
    ['a line break in a header', 'HTTP/1.1 200 OK\r\nX-A: a\r\n b\rc\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    [
      'length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`],
  ])('%s', async (_, bytes) => {
    const world = await gatewayToBytes(bytes)
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect([answer.status, answer.json().code]).toEqual([502, 'UPSTREAM_ANSWER_INVALID'])
    expect(await world.nextEvent()).toMatchObject({ type: 'request.failed', outcome: 'failure', status: 502 })
  })
})

describe('our own answers', () => {
  test('are problems that nobody stores', async () => {
    const world = await gatewayTo(undefined)
    const answer = await ask(`${world.url}/nowhere`)
    expect(answer.status).toBe(404)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-length': String(answer.body.length),
    })
    expect(answer.json()).toEqual({
      type: 'urn:sallyport:problem:route-not-found',
      title: 'No such route',
      status: 404,
      detail: expect.any(String),
      code: 'ROUTE_NOT_FOUND',
      requestId: answer.headers['x-request-id'],
    })
  })

  test('401 says how to authenticate', async () => {
    const world = await gatewayTo(undefined)
    const answer = await ask(`${world.url}/orders/1`)
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="sallyport"'])
  })

  test('405 says what is allowed', async () => {
    const world = await gatewayTo(undefined)
    const answer = await ask(`${world.url}/orders/1`, { method: 'TRACE', headers: withKey })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'])
  })

  test('429 says when to come back, and what earlier steps noted', async () => {
    const steps: Step[] = [
      { name: 'a', stage: 'limits', apply: () => ({ is: 'note', headers: { 'x-note': '1', ratelimit: 'old' } }) },
      {
        name: 'b',
        stage: 'limits',
        apply: async () => ({
          is: 'deny',
          problem: {
            code: 'RATE_LIMITED',
            status: 429,
            title: 't',
            detail: 'd',
            retryAfter: 7,
            headers: { ratelimit: 'new' },
            reason: 'only for the Event',
          },
        }),
      },
    ]
    const world = await gatewayTo(undefined, steps)
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'x-note': '1', ratelimit: 'new' })
    expect(answer.body.toString()).not.toContain('only for the Event')
    expect(await world.nextEvent()).toMatchObject({
      type: 'request.denied',
      code: 'RATE_LIMITED',
      details: { stage: 'limits', reason: 'only for the Event' },
    })
  })
})
