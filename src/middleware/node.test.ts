import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createNodeGate, type GuardedRequest, type NodeGate } from './node.ts'
import { KEY, keyAuthenticator, type TestEngine, testEngine } from './testing.ts'

let server: Server | null = null

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Handler = (gate: NodeGate, request: GuardedRequest, response: ServerResponse) => unknown

/** A server with this handler, and a way to ask it. */
async function serving(engine: TestEngine, handler: Handler) {
  const gate = createNodeGate(engine)
  server = createServer((request: IncomingMessage, response) => void handler(gate, request, response))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/1`
  return async (headers: Record<string, string> = {}, init: RequestInit = {}) => {
    const answer = await fetch(url, { ...init, headers })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: text.startsWith('{') ? JSON.parse(text) : null,
    }
  }
}

it('a guard that needs somebody refuses where nobody was asked who it is', async () => {
  const engine = testEngine()
  const ask = await serving(engine, async (gate, request, response) => {
    if ((await gate.requireScopes('orders:read')(request, response)) !== null) response.end('open')
  })
  expect(await ask({ 'x-api-key': KEY })).toMatchObject({ status: 401, body: { code: 'CREDENTIAL_MISSING' } })
})

it('who was let in as nobody is asked again where somebody is needed', async () => {
  const engine = testEngine()
  const ask = await serving(engine, async (gate, request, response) => {
    if ((await gate.optional(request, response)) === null) return
    if ((await gate.authenticate(request, response)) !== null) response.end('open')
  })
  expect((await ask()).status).toBe(401)
  expect((await ask({ 'x-api-key': KEY })).text).toBe('open')
})

it('asking twice who it is changes nothing', async () => {
  const ask = await serving(testEngine(), async (gate, request, response) => {
    await gate.authenticate(request, response)
    const again = await gate.authenticate(request, response)
    const once = await gate.optional(request, response)
    response.end(`${again?.id} ${once?.id} ${request.principal?.id}`)
  })
  expect((await ask({ 'x-api-key': KEY })).text).toBe('svc_one svc_one svc_one')
})

it('what the application writes on the request does not count', async () => {
  const ask = await serving(testEngine(), async (gate, request, response) => {
    await gate.optional(request, response)
    request.principal = { ...(request.principal as NonNullable<typeof request.principal>), scopes: ['orders:read'] }
    if ((await gate.requireScopes('orders:read')(request, response)) !== null) response.end('open')
  })
  expect((await ask()).status).toBe(403)
})

it('a limit before anybody was asked does not settle who it is', async () => {
  const note = { is: 'note', headers: { ratelimit: '"a";r=1;t=1' } } as const
  const engine = testEngine({ findings: [note] })
  const ask = await serving(engine, async (gate, request, response) => {
    const limit = gate.rateLimit({ by: 'address', max: 2, per: 'minute' })
    if ((await limit(request, response)) === null) return
    if ((await gate.requireScopes('orders:read')(request, response)) !== null) response.end('open')
  })
  const answer = await ask()
  expect([answer.status, answer.headers.get('ratelimit')]).toEqual([401, '"a";r=1;t=1'])
})

it('a step that breaks lets nobody through, and its error is told to nobody outside', async () => {
  const engine = testEngine({
    authenticator: {
      name: 'broken',
      authenticate: () => {
        throw new Error('inside')
      },
    },
  })
  const ask = await serving(engine, async (gate, request, response) => {
    if ((await gate.authenticate(request, response)) !== null) response.end('open')
  })
  const answer = await ask({ 'x-api-key': KEY })
  expect([answer.status, answer.body.code]).toEqual([500, 'INTERNAL_ERROR'])
  expect(answer.text).not.toContain('inside')
  expect(engine.crashes).toHaveLength(1)
  await expect
    .poll(() => engine.events[0])
    .toMatchObject({ type: 'request.failed', code: 'INTERNAL_ERROR', status: 500 })
})

it('a problem that cannot be written becomes one that can', async () => {
  const deny = {
    is: 'deny',
    problem: { code: 'X', status: 403, title: 'x', detail: 'x', headers: { bad: 'a\nb' } },
  } as const
  const engine = testEngine({ findings: [deny] })
  const ask = await serving(engine, async (gate, request, response) => {
    await gate.rateLimit({ by: 'address', max: 1, per: 'minute' })(request, response)
  })
  expect((await ask()).body.code).toBe('INTERNAL_ERROR')
})

it('requests wait for a gate that opens, and are refused by one that does not', async () => {
  let opened: () => void = () => undefined
  const opening = new Promise<void>((resolve) => {
    opened = resolve
  })
  const ask = await serving(
    testEngine({ ground: async (ground) => opening.then(() => ground) }),
    async (gate, request, response) => {
      if ((await gate.authenticate(request, response)) !== null) response.end('open')
    },
  )
  const asked = ask({ 'x-api-key': KEY })
  opened()
  expect((await asked).text).toBe('open')
  server?.closeAllConnections()
  const never = testEngine({ ground: () => Promise.reject(new Error('closed')) })
  const askClosed = await serving(never, async (gate, request, response) => {
    if ((await gate.authenticate(request, response)) !== null) response.end('open')
  })
  const answer = await askClosed({ 'x-api-key': KEY })
  expect([answer.status, answer.headers.get('retry-after'), answer.body.code]).toEqual([503, '5', 'GUARD_UNAVAILABLE'])
})

it('headers that others set stay in a refusal, but what tells what runs here', async () => {
  const ask = await serving(testEngine(), async (gate, request, response) => {
    response.setHeader('x-powered-by', 'Something')
    response.setHeader('access-control-allow-origin', 'https://app.test')
    await gate.authenticate(request, response)
  })
  const { headers } = await ask()
  expect([headers.get('x-powered-by'), headers.get('access-control-allow-origin')]).toEqual([null, 'https://app.test'])
})

it('a body without length that was read before anybody asked is refused under a credential with a bound', async () => {
  const engine = testEngine({ authenticator: keyAuthenticator({ maxBody: 10 }) })
  const ask = await serving(engine, async (gate, request, response) => {
    for await (const _ of request);
    if ((await gate.authenticate(request, response)) !== null) response.end('open')
  })
  const body = () =>
    new ReadableStream({
      start: (it) => {
        it.enqueue(new TextEncoder().encode('abc'))
        it.close()
      },
    })
  const answer = await ask({ 'x-api-key': KEY }, { method: 'POST', body: body(), duplex: 'half' } as RequestInit)
  expect([answer.status, answer.body.code]).toEqual([413, 'REQUEST_BODY_TOO_LARGE'])
})

it('a body without length within the bound arrives whole', async () => {
  const engine = testEngine({ authenticator: keyAuthenticator({ maxBody: 10 }) })
  const ask = await serving(engine, async (gate, request, response) => {
    if ((await gate.authenticate(request, response)) === null) return
    let text = ''
    for await (const piece of request) text += piece
    response.end(text)
  })
  const body = new ReadableStream({
    start: (it) => {
      it.enqueue(new TextEncoder().encode('0123456789'))
      it.close()
    },
  })
  expect((await ask({ 'x-api-key': KEY }, { method: 'POST', body, duplex: 'half' } as RequestInit)).text).toBe(
    '0123456789',
  )
})

it('what a credential holds is given back once, when the answer is out', async () => {
  let released = 0
  const engine = testEngine({ authenticator: keyAuthenticator({ released: () => released++ }) })
  const ask = await serving(engine, async (gate, request, response) => {
    await gate.authenticate(request, response)
    expect(released).toBe(0)
    response.end('open')
  })
  await ask({ 'x-api-key': KEY })
  await expect.poll(() => engine.events.length).toBe(1)
  expect(released).toBe(1)
})

it('a handler without guards is not made', () => {
  expect(() => createNodeGate(testEngine()).guard([], () => undefined)).toThrow(TypeError)
})

it('an Event that cannot be written does not end the application', async () => {
  const engine = testEngine({
    ground: (ground) => ({
      ...ground,
      record: () => {
        throw new Error('closed already')
      },
    }),
  })
  const ask = await serving(engine, async (gate, request, response) => {
    if ((await gate.authenticate(request, response)) !== null) response.end('open')
  })
  expect((await ask({ 'x-api-key': KEY })).text).toBe('open')
  await expect.poll(() => engine.crashes.map(String)).toEqual(['Error: closed already'])
})
