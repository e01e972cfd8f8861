import { createServer, type Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Authenticator, Step } from '../core/index.ts'
import {
  ask,
  keyAuthenticator,
  listen,
  openRecorder,
  openSocket,
  openWorld,
  rawHead,
  sendRaw,
  someRoute,
  someService,
  until,
  withKey,
} from './testing.ts'

let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

type Options = Partial<Parameters<typeof openWorld>[0]>

async function gatewayTo(answer?: Parameters<typeof openRecorder>[0], options: Options = {}) {
  const upstream = await openRecorder(answer)
  const world = await openWorld({ targets: [upstream.origin], ...options })
  open.push(world, upstream)
  return { upstream, world }
}

/** A bare listener instead of an upstream. */
async function listenBare(talk: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined)
    talk?.call(server, socket)
  })
  const port = await listen(server)
  open.push({
    close: () => {
      server.close()
      return Promise.resolve()
    },
  })
  return `http://127.0.0.1:${port}`
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function gatewayBefore(targets: readonly string[], options: Options = {}) {
  const world = await openWorld({ targets, ...options })
  open.push(world)
  return world
}

describe('an upstream that fails', () => {
  test('by refusing connections is 502', async () => {
    const world = await gatewayBefore([`http://127.0.0.1:${await freePort()}`])
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect([answer.status, answer.json().code]).toEqual([502, 'UPSTREAM_UNAVAILABLE'])
    expect(answer.body.toString()).not.toContain('ECONNREFUSED')
    expect(await world.nextEvent()).toMatchObject({
      type: 'request.failed',
      outcome: 'failure',
      code: 'UPSTREAM_UNAVAILABLE',
      principal: 'svc_one',
      details: { stage: 'upstream', reason: 'ECONNREFUSED' },
    })
  })

  test('by having no address is 502', async () => {
    const world = await gatewayBefore(['http://upstream.invalid:80'])
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(502)
  })

  test('by closing without a word is 502, and a POST is not sent twice', async () => {
    let connections = 0
    const origin = await listenBare((socket) => {
      connections++
      socket.once('data', () => socket.destroy())
    })
    const world = await gatewayBefore([origin])
    const answer = await ask(`${world.url}/orders`, { method: 'POST', headers: withKey, body: 'x' })
    expect([answer.status, connections]).toEqual([502, 1])
  })

  test('by saying nothing is 504', async () => {
    const { world } = await gatewayTo(() => undefined, {
      upstream: { timeouts: { connect: 1_000, headers: 200, body: 200 } },
    })
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect([answer.status, answer.json().code]).toEqual([504, 'UPSTREAM_TIMEOUT'])
  })

  test('by not being reached in time is 504', async () => {
    // A listener whose queue is full does not answer connections: a test network drops them the same way.
    const world = await gatewayBefore(['http://192.0.2.1:81'], {
      upstream: { timeouts: { connect: 200, headers: 5_000, body: 5_000 } },
    })
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect([502, 504]).toContain(answer.status)
  })

  test('half way through a body never looks like a whole answer', async () => {
    for (const head of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
      const origin = await listenBare((socket) => {
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${head.startsWith('T') ? '4\r\nhalf\r\n' : 'half'}`)
          setTimeout(() => socket.destroy(), 30)
        })
      })
      const world = await gatewayBefore([origin])
      await expect(ask(`${world.url}/orders/1`, { headers: withKey })).rejects.toThrow()
      expect(await world.nextEvent()).toMatchObject({
        type: 'request.failed',
        code: 'UPSTREAM_UNAVAILABLE',
        status: 200,
      })
      const raw = await sendRaw(world.port, rawHead('GET /orders/1 HTTP/1.1'))
      expect(raw.text).not.toMatch(/\r\n0\r\n\r\n$/)
    }
  })

  test('by falling silent half way through a body breaks the connection', async () => {
    const { world } = await gatewayTo((_, response) => void response.write('half'), {
      upstream: { timeouts: { connect: 1_000, headers: 1_000, body: 200 } },
    })
    await expect(ask(`${world.url}/orders/1`, { headers: withKey })).rejects.toThrow()
    expect(await world.nextEvent()).toMatchObject({ type: 'request.failed', code: 'UPSTREAM_TIMEOUT' })
  })

  test('by taking longer than the route allows altogether is 504', async () => {
    const { world } = await gatewayTo(() => undefined, { routes: [someRoute({ timeouts: { total: 150 } })] })
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(504)
  })

  test('by being slow while more come than may wait is 503', async () => {
    const { world, upstream } = await gatewayTo(() => undefined, { upstream: { connections: 1 } })
    const sockets = await Promise.all(Array.from({ length: 16 }, () => openSocket(world.port)))
    for (const socket of sockets) socket.write(rawHead('GET /orders/1 HTTP/1.1').repeat(1))
    await until(() => upstream.heads.length > 0)
    for (const socket of sockets) socket.write(rawHead('GET /orders/1 HTTP/1.1').repeat(80))
    let busy = 0
    for (const socket of sockets)
      socket.on('data', (piece) => (busy += String(piece).includes('UPSTREAM_BUSY') ? 1 : 0))
    await until(() => world.gateway.underWay() >= 1_025)
    expect(upstream.heads).toHaveLength(1)
    for (const socket of sockets) socket.destroy()
    await until(() => world.gateway.underWay() === 0)
  })
})

describe('several targets', () => {
  test('take turns', async () => {
    const [a, b] = [await openRecorder(), await openRecorder()]
    open.push(a, b)
    const world = await gatewayBefore([a.origin, b.origin])
    for (let i = 0; i < 10; i++) await ask(`${world.url}/orders/1`, { headers: withKey })
    expect([a.seen.length, b.seen.length]).toEqual([5, 5])
  })

  test('stand in for one that cannot be reached, also for a POST that was not sent', async () => {
    const good = await openRecorder()
    open.push(good)
    const world = await gatewayBefore([`http://127.0.0.1:${await freePort()}`, good.origin])
    for (let i = 0; i < 6; i++) {
      const answer = await ask(`${world.url}/orders`, { method: 'POST', headers: withKey, body: 'once' })
      expect(answer.status).toBe(200)
    }
    expect(good.seen.map(({ body }) => String(body))).toEqual(Array(6).fill('once'))
  })
})

describe('kept connections', () => {
  test('are used again', async () => {
    let connections = 0
    const { world, upstream } = await gatewayTo()
    upstream.server.on('connection', () => connections++)
    for (let i = 0; i < 10; i++) await ask(`${world.url}/orders/1`, { headers: withKey })
    expect(connections).toBe(1)
  })

  test('that the upstream closed under a GET are not its failure', async () => {
    const requests: number[] = []
    const origin = await listenBare((socket) => {
      requests.push(0)
      const mine = requests.length - 1
      socket.on('data', () => {
        requests[mine] = (requests[mine] as number) + 1
        if (mine === 0 && requests[0] === 2) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const world = await gatewayBefore([origin])
    for (let i = 0; i < 3; i++) {
      expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(200)
    }
    expect([requests[0], requests.reduce((a, b) => a + b)]).toEqual([2, 4])
  })
})

describe('a client that goes away', () => {
  test('takes the request to the upstream with it', async () => {
    let closed = false
    const { world, upstream } = await gatewayTo((incoming) => void incoming.on('close', () => (closed = true)))
    const socket = await openSocket(world.port)
    socket.write(rawHead('GET /orders/1 HTTP/1.1'))
    await until(() => upstream.heads.length === 1)
    socket.destroy()
    await until(() => closed)
    expect(await world.nextEvent()).toMatchObject({
      type: 'request.failed',
      code: 'CLIENT_CLOSED_REQUEST',
      status: null,
      principal: 'svc_one',
    })
  })

  test('half way through its body never makes it look whole', async () => {
    let ended = false
    let cut = false
    const { world, upstream } = await gatewayTo((incoming) => {
      incoming.on('end', () => (ended = true))
      incoming.on('error', () => (cut = true))
      incoming.resume()
    })
    const socket = await openSocket(world.port)
    socket.write(`${rawHead('POST /orders HTTP/1.1', 'Transfer-Encoding: chunked')}3\r\nabc\r\n`)
    await until(() => upstream.heads.length === 1)
    socket.destroy()
    await until(() => cut)
    expect(ended).toBe(false)
  })

  test('while it is being judged is never forwarded, and gives back what its credential holds', async () => {
    let released = 0
    let decide = () => {}
    const slow: Authenticator = {
      name: 'apiKey',
      authenticate: () =>
        new Promise((resolve) => {
          decide = () =>
            resolve({
              is: 'known',
              principal: someService(),
              spent: { headers: [], query: [] },
              grant: { release: () => released++ },
            })
        }),
    }
    const { world, upstream } = await gatewayTo(undefined, { authenticators: { apiKey: slow } })
    const socket = await openSocket(world.port)
    socket.write(rawHead('GET /orders/1 HTTP/1.1'))
    await until(() => world.gateway.underWay() === 1)
    socket.destroy()
    await world.nextEvent()
    decide()
    await until(() => released === 1)
    await wait(30)
    expect([released, upstream.heads]).toEqual([1, []])
  })
})

describe('what a credential holds is given back once', () => {
  const holding = (release: () => void): Authenticator => ({
    name: 'apiKey',
    authenticate: () => ({
      is: 'known',
      principal: someService(),
      spent: { headers: [], query: [] },
      grant: { release },
    }),
  })

  test.each(['an answer', 'a refusal', 'a failure', 'a crash'])('after %s', async (how) => {
    let released = 0
    const step: Step = {
      name: 'last',
      stage: 'input',
      apply: () => {
        if (how === 'a crash') throw new Error('broken')
        if (how !== 'a refusal') return undefined
        return { is: 'deny', problem: { code: 'NO', status: 403, title: '', detail: '' } }
      },
    }
    const { world, upstream } = await gatewayTo(undefined, {
      authenticators: { apiKey: holding(() => released++) },
      steps: () => [step],
    })
    if (how === 'a failure') await upstream.close()
    await ask(`${world.url}/orders/1`)
    await world.nextEvent()
    expect(released).toBe(1)
  })
})

describe('a bug', () => {
  test.each([
    [
      'in an authenticator',
      { authenticators: { apiKey: { name: 'apiKey', authenticate: () => Promise.reject(new Error('secret')) } } },
    ],
    [
      'in a step',
      {
        steps: () => [
          {
            name: 's',
            stage: 'access' as const,
            apply: () => {
              throw new Error('secret')
            },
          },
        ],
      },
    ],
    [
      'in what a step notes',
      {
        steps: () => [
          { name: 's', stage: 'limits' as const, apply: () => ({ is: 'note' as const, headers: { 'x-a': 'b\r\nc' } }) },
        ],
      },
    ],
    ['in the identity', { identity: () => 'line\nbreak' }],
    [
      'in an unknown finding',
      { steps: () => [{ name: 's', stage: 'access' as const, apply: () => ({ is: 'allow' }) as never }] },
    ],
  ])('%s lets nobody through and says nothing of the inside', async (name, options) => {
    const { world, upstream } = await gatewayTo(undefined, options)
    const answer = await ask(`${world.url}/orders/1`, { headers: withKey })
    expect([answer.status, answer.json().code]).toEqual([500, 'INTERNAL_ERROR'])
    expect(answer.body.toString()).not.toContain('secret')
    expect(await world.nextEvent()).toMatchObject({ type: 'request.failed', code: 'INTERNAL_ERROR', status: 500 })
    expect(world.crashes).toHaveLength(1)
    if (name !== 'in what a step notes') expect(upstream.seen).toEqual([])
  })

  test('in whoever records does not fail the request', async () => {
    const { world } = await gatewayTo(undefined, {
      record: () => {
        throw new Error('full')
      },
    })
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(200)
    await until(() => world.crashes.length === 1)
  })
})

describe('a decision that does not come', () => {
  test('is 503 after a while', async () => {
    const { world } = await gatewayTo(undefined, {
      authenticators: { apiKey: { name: 'apiKey', authenticate: () => new Promise(() => undefined) } },
      transport: { decideTimeout: 100 },
    })
    const answer = await ask(`${world.url}/orders/1`)
    expect([answer.status, answer.json().code]).toEqual([503, 'DECISION_TIMEOUT'])
  })
})

describe('authenticators', () => {
  const absent: Authenticator = { name: 'none', authenticate: () => Promise.resolve({ is: 'absent' }) }

  test('only the absence of a credential asks the next one', async () => {
    const { world } = await gatewayTo(undefined, {
      authenticators: { none: absent, apiKey: keyAuthenticator() },
      routes: [
        someRoute({ authenticate: ['none', 'apiKey'] }),
        someRoute({ id: 'both', match: { path: '/both', methods: null }, public: true }),
      ],
    })
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(200)
    expect((await ask(`${world.url}/orders/1`)).status).toBe(401)
    // A bad credential is never anonymous.
    expect((await ask(`${world.url}/both`)).status).toBe(200)
    expect((await ask(`${world.url}/both`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  })

  test('the Event of a refusal names the credential that was shown', async () => {
    const { world } = await gatewayTo()
    await ask(`${world.url}/orders/1`, { headers: { authorization: 'Bearer wrong', 'user-agent': 'probe/1' } })
    expect(await world.nextEvent()).toMatchObject({
      type: 'request.denied',
      code: 'KEY_INVALID',
      credential: 'key_wrong',
      address: '127.0.0.1',
      userAgent: 'probe/1',
      method: 'GET',
      route: 'orders',
      resource: '/orders/1',
      status: 401,
      details: { stage: 'who' },
    })
  })
})
