import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Step } from '../core/index.ts'
import { createGateway } from './index.ts'
import {
  ask,
  keyAuthenticator,
  openRecorder,
  openSocket,
  openWorld,
  rawHead,
  settingsOf,
  someRoute,
  until,
  WRONG_KEY,
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

describe('explain', () => {
  const limited: Step = {
    name: 'limits',
    stage: 'limits',
    apply: ({ request: { path } }, dry) => {
      if (!dry) throw new Error('explain must not charge')
      return path.endsWith('limited')
        ? { is: 'deny', problem: { code: 'RATE_LIMITED', status: 429, title: 't', detail: 'Wait.', reason: 'key-60s' } }
        : { is: 'note', headers: { ratelimit: 'x' } }
    },
  }
  const explained = async (path: string, headers: Record<string, string> = {}) => {
    const { world, upstream } = await gatewayTo(undefined, { steps: () => [limited] })
    const answer = await world.gateway.explain({ method: 'GET', url: path, headers })
    expect([upstream.heads, world.events]).toEqual([[], []])
    return answer
  }

  test('shows every stage of a request that would pass', async () => {
    const { allowed, stages } = await explained('/orders/1', withKey)
    expect(allowed).toBe(true)
    expect(stages.map(({ stage, verdict }) => `${stage}: ${verdict}`)).toEqual([
      'request: pass',
      'route: pass',
      'transport: pass',
      'who: pass',
      'limits: pass',
      'access: pass',
      'input: pass',
      'upstream: pass',
      'output: pass',
      'event: pass',
    ])
    expect(stages[1]?.detail).toBe('orders: any method /orders/**')
    expect(stages[3]?.detail).toBe('service svc_one')
  })

  test('shows the stage that would refuse, and that later ones are not reached', async () => {
    const { allowed, status, code, stages } = await explained('/orders/limited', withKey)
    expect([allowed, status, code]).toEqual([false, 429, 'RATE_LIMITED'])
    expect(stages[4]).toEqual({
      stage: 'limits',
      verdict: 'deny',
      detail: 'Wait. (key-60s)',
      code: 'RATE_LIMITED',
      status: 429,
    })
    expect(stages.slice(5, 9).map(({ verdict }) => verdict)).toEqual(Array(4).fill('not reached'))
  })

  test.each([
    ['/orders/../x', 'REQUEST_PATH_INVALID', 'request'],
    ['/nowhere', 'ROUTE_NOT_FOUND', 'route'],
    ['/orders/1', 'CREDENTIAL_MISSING', 'who'],
  ])('%s: %s', async (path, code, stage) => {
    const { stages, ...answer } = await explained(path)
    expect(answer.code).toBe(code)
    expect(stages.find(({ verdict }) => verdict === 'deny')?.stage).toBe(stage)
  })

  test('takes a whole URL and an address', async () => {
    const { world } = await gatewayTo()
    const { stages } = await world.gateway.explain({
      method: 'get',
      url: 'https://API.test:8443/open/a?b=c',
      address: '2001:db8::1',
    })
    expect(stages[0]?.detail).toBe('GET /open/a on api.test from 2001:db8::1')
    await expect(world.gateway.explain({ method: 'GET', url: 'ftp://x/' })).rejects.toThrow(RangeError)
    await expect(world.gateway.explain({ method: 'GET', url: '/', address: 'here' })).rejects.toThrow(RangeError)
  })

  test('never repeats a credential', async () => {
    expect(JSON.stringify(await explained('/orders/1', { authorization: `Bearer ${WRONG_KEY}` }))).not.toContain(
      WRONG_KEY,
    )
  })
})

test('the stages have one order', async () => {
  const { world } = await gatewayTo()
  expect(world.gateway.stages).toEqual([
    'request',
    'route',
    'transport',
    'who',
    'limits',
    'access',
    'input',
    'upstream',
    'output',
    'event',
  ])
  expect(Object.isFrozen(world.gateway.stages)).toBe(true)
})

test('steps run in the order of the stages, whatever order they are given in, and see a frozen Exchange', async () => {
  const order: string[] = []
  const step = (name: string, stage: Step['stage']): Step => ({
    name,
    stage,
    apply: (exchange) => {
      order.push(name)
      expect([Object.isFrozen(exchange), Object.isFrozen(exchange.request)]).toEqual([true, true])
      return undefined
    },
  })
  const granted = { limits: step('granted limits', 'limits'), access: step('granted access', 'access') }
  const { world } = await gatewayTo(undefined, {
    steps: () => [step('input', 'input'), step('access', 'access'), step('limits', 'limits')],
    authenticators: {
      apiKey: {
        name: 'apiKey',
        authenticate: (incoming) => {
          const answer = keyAuthenticator().authenticate(incoming)
          return answer instanceof Promise || answer.is !== 'known' ? answer : { ...answer, grant: granted }
        },
      },
    },
  })
  await ask(`${world.url}/orders/1`, { headers: withKey })
  expect(order).toEqual(['limits', 'granted limits', 'access', 'granted access', 'input'])
})

describe('what does not load', () => {
  test('a gateway with a wrong route or network', () => {
    const deps = {
      authenticators: { apiKey: keyAuthenticator() },
      steps: () => [],
      identity: () => undefined,
      record: () => undefined,
      looksLikeCredential: () => false,
      clock: { now: () => 0 },
      ready: () => true,
    }
    const make = (options: Options) => () =>
      createGateway({ ...deps, config: settingsOf({ targets: ['http://a'], ...options }) })
    expect(make({ routes: [someRoute({ authenticate: [] })] })).toThrow('no authenticator')
    expect(make({ routes: [someRoute(), someRoute()] })).toThrow('same id')
    expect(make({ trustedProxies: ['10.0.0.1/8'] })).toThrow('host bits')
    expect(make({ targets: ['ftp://a'] })).toThrow('http or https')
    expect(make({ targets: ['http://u:p@a'] })).toThrow('no user')
    expect(make({ targets: [] })).toThrow('no targets')
  })
})

describe('reload', () => {
  test('puts new routes in place and lets old requests finish', async () => {
    let finish = () => {}
    const { world, upstream } = await gatewayTo((_, response) => {
      finish = () => response.end('old')
    })
    const other = await openRecorder()
    open.push(other)
    const old = ask(`${world.url}/orders/1`, { headers: withKey })
    await until(() => upstream.heads.length === 1)
    world.gateway.reload(
      settingsOf({ targets: [other.origin], routes: [someRoute({ match: { path: '/new', methods: null } })] }),
    )
    expect((await ask(`${world.url}/new`, { headers: withKey })).status).toBe(200)
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(404)
    finish()
    expect(String((await old).body)).toBe('old')
  })

  test('that does not load changes nothing', async () => {
    const { world, upstream } = await gatewayTo()
    expect(() =>
      world.gateway.reload(settingsOf({ targets: [upstream.origin], routes: [someRoute({ upstream: 'x' })] })),
    ).toThrow('does not exist')
    expect((await ask(`${world.url}/orders/1`, { headers: withKey })).status).toBe(200)
  })

  test('keeps the connections of an upstream that did not change', async () => {
    const { world, upstream } = await gatewayTo()
    let connections = 0
    upstream.server.on('connection', () => connections++)
    for (let i = 0; i < 3; i++) {
      await ask(`${world.url}/orders/1`, { headers: withKey })
      world.gateway.reload(settingsOf({ targets: [upstream.origin] }))
    }
    expect(connections).toBe(1)
  })
})

describe('drain', () => {
  test('fails no request of clients that keep their connections', async () => {
    const { world } = await gatewayTo((_, response) => void setTimeout(() => response.end('ok'), 5))
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    let stopped = false
    let served = 0
    const failures: string[] = []
    const visit = async () => {
      while (!stopped) {
        const last = await send(world.port, agent).catch((error) => {
          // Nobody listens any more: a new connection goes to another process.
          if (error.code !== 'ECONNREFUSED') failures.push(String(error))
          return true
        })
        if (last) return
        served++
      }
    }
    const visitors = Array.from({ length: 8 }, visit)
    await wait(150)
    const left = await world.gateway.drain(5_000)
    stopped = true
    await Promise.all(visitors)
    agent.destroy()
    expect([left, failures]).toEqual([0, []])
    expect(served).toBeGreaterThan(0)
  })

  test('waits for a slow answer, and says on it that the connection ends', async () => {
    let finish = () => {}
    const { world, upstream } = await gatewayTo((_, response) => {
      finish = () => response.end('slow')
    })
    const slow = ask(`${world.url}/orders/1`, { headers: withKey })
    await until(() => upstream.heads.length === 1)
    const drained = world.gateway.drain(5_000)
    await wait(50)
    finish()
    const answer = await slow
    expect([String(answer.body), answer.headers.connection]).toEqual(['slow', 'close'])
    expect(await drained).toBe(0)
  })

  test('breaks off what takes too long, and tells how many', async () => {
    const { world, upstream } = await gatewayTo(() => undefined)
    const slow = ask(`${world.url}/orders/1`, { headers: withKey })
    slow.catch(() => undefined)
    await until(() => upstream.heads.length === 1)
    expect(await world.gateway.drain(100)).toBe(1)
    await expect(slow).rejects.toThrow()
  })

  test('ends a stream of events as one that is over, and tells nobody that it failed', async () => {
    const streaming = await openRecorder((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: one\n\n')
    })
    const other = await openWorld({ targets: [streaming.origin] })
    const answer = await fetch(`${other.url}/open/1`)
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    // It arrives while the answer goes on.
    expect((await reader?.read())?.value).toBe('data: one\n\n')
    const left = other.gateway.drain(100)
    expect(await reader?.read()).toEqual({ done: true, value: undefined })
    expect(await left).toBe(0)
    expect((await other.nextEvent()).type).toBe('request.allowed')
    await other.close()
    await streaming.close()
  })

  test('can be followed by close, and close by close', async () => {
    const { world } = await gatewayTo()
    await world.gateway.drain(0)
    await world.gateway.close()
    await world.gateway.close()
  })
})

function send(port: number, agent: Agent): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port, host: '127.0.0.1', path: '/orders/1', agent, headers: { ...withKey } },
      (incoming) => {
        incoming.resume()
        incoming.on('end', () => resolve(incoming.headers.connection === 'close'))
        incoming.on('error', reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

describe('health', () => {
  test('has no path on this port unless one is named', async () => {
    const { world } = await gatewayTo()
    for (const path of ['/livez', '/readyz', '/healthz', '/metrics'])
      expect((await ask(world.url + path)).status).toBe(404)
  })

  test('is answered where it is named, and not ready while draining', async () => {
    let ready = false
    const probes = { live: '/livez', ready: '/readyz' }
    const { world } = await gatewayTo(undefined, { probes, ready: async () => ready })
    const status = async (path: string) => (await ask(world.url + path)).status
    expect([await status('/livez'), await status('/readyz')]).toEqual([200, 503])
    ready = true
    expect(await status('/readyz')).toBe(200)
    expect(world.events).toEqual([])
  })
})

describe('the client behind proxies', () => {
  const through = async (proxies: readonly string[], ...headers: readonly string[]) => {
    const { world } = await gatewayTo(undefined, { trustedProxies: proxies })
    const socket = await openSocket(world.port)
    let text = ''
    socket.on('data', (piece) => (text += piece))
    socket.write(rawHead('GET /orders/1 HTTP/1.1', ...headers))
    await until(() => text.includes('\r\n\r\n'))
    socket.destroy()
    const { address, code } = await world.nextEvent()
    return code ?? address
  }
  const local = ['127.0.0.0/8', '10.0.0.0/8']

  test.each([
    ['of nobody is believed by default', [], ['X-Forwarded-For: 1.2.3.4'], '127.0.0.1'],
    ['is the first stranger from the right', local, ['X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.1'], '1.2.3.4'],
    ['may be among trusted networks itself', local, ['X-Forwarded-For: 10.0.0.2, 10.0.0.1'], '10.0.0.2'],
    ['may have a port', local, ['X-Forwarded-For: 1.2.3.4:5678'], '1.2.3.4'],
    ['is one of several lines', local, ['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 1.2.3.4'], '1.2.3.4'],
    [
      'is read from Forwarded',
      local,
      ['Forwarded: for=6.6.6.6;proto=http, for="[2001:db8::7]:80";by=10.0.0.1'],
      '2001:db8::7',
    ],
    ['may be told twice', local, ['Forwarded: for=1.2.3.4', 'X-Forwarded-For: 1.2.3.4'], '1.2.3.4'],
    [
      'must not be told in two ways',
      local,
      ['Forwarded: for=6.6.6.6', 'X-Forwarded-For: 1.2.3.4'],
      'REQUEST_FORWARDED_INVALID',
    ],
    ['must have an address', local, ['X-Forwarded-For: unknown'], 'REQUEST_FORWARDED_INVALID'],
    ['must be named', local, ['Forwarded: by=10.0.0.1'], 'REQUEST_FORWARDED_INVALID'],
  ] as const)('%s', async (_, proxies, headers, client) => {
    expect(await through(proxies, ...headers)).toBe(client)
  })
})
