import { request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import { afterEach, expect, it } from 'vitest'
import { createFastifyGate } from './fastify.ts'
import { createNodeGate, type NodeGate } from './node.ts'
import type { BodyRule, InputRules } from './rules.ts'
import { KEY, keyAuthenticator, type TestEngine, testEngine } from './testing.ts'

let server: Server | null = null

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const TOO_LONG = { code: 'TOO_LONG', status: 400, title: 'Too long', detail: 'Too long.' }

/** Takes bodies of up to ten bytes; `!` at the end is cut off. */
const rule: BodyRule = {
  name: 'short',
  unpacks: true,
  judge: (_, { bytes }) => {
    if (bytes.length > 10) return { is: 'deny', problem: TOO_LONG }
    return { is: 'body', bytes: bytes.at(-1) === 33 ? bytes.subarray(0, -1) : bytes }
  },
}
const RULES: InputRules = { steps: [], rules: [rule], maxBody: 100 }

function engineOf(more: Parameters<typeof testEngine>[0] = {}): TestEngine {
  return testEngine({ ...more, rules: { shape: () => RULES, openapi: () => RULES } })
}

async function serving(engine: TestEngine, handler: (gate: NodeGate, ...wire: Wire) => unknown): Promise<string> {
  const gate = createNodeGate(engine)
  server = createServer((incoming, response) => void handler(gate, incoming, response))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

type Wire = [incoming: IncomingMessage, response: ServerResponse]

const text = async (incoming: IncomingMessage) => Buffer.concat(await incoming.toArray()).toString()

async function post(url: string, body: string | ReadableStream, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
  return `${answer.status} ${await answer.text()}`
}

/** Comes in pieces, with time between them. */
function slowly(...pieces: string[]): ReadableStream {
  return ReadableStream.from(
    (async function* () {
      for (const piece of pieces) {
        yield Buffer.from(piece)
        await wait(20)
      }
    })(),
  )
}

it('a body that was looked into is read by whoever comes next, as often as guards look into it', async () => {
  const url = await serving(engineOf(), async (gate, incoming, response) => {
    if ((await gate.authenticate(incoming, response)) === null) return
    if ((await gate.shape({})(incoming, response)) === null) return
    if ((await gate.openapi({ document: '' })(incoming, response)) === null) return
    if ((await gate.body('papers')(incoming, response)) === null) return
    response.end(JSON.stringify(Reflect.get(incoming, 'body')))
  })
  expect(await post(url, '{"a":1}', { 'x-api-key': KEY })).toBe('200 {"a":1}')
  expect(await post(url, slowly('{"a"', ':1}'), { 'x-api-key': KEY })).toBe('200 {"a":1}')
})

it('also when it was all there before the guard was asked', async () => {
  const url = await serving(engineOf(), async (gate, incoming, response) => {
    await expect.poll(() => incoming.complete).toBe(true)
    if ((await gate.shape({})(incoming, response)) === null) return
    if ((await gate.openapi({ document: '' })(incoming, response)) === null) return
    response.end(`${incoming.headers['content-length']} ${await text(incoming)}`)
  })
  expect(await post(url, 'whole')).toBe('200 5 whole')
  expect(await post(url, 'whole!')).toBe('200 5 whole')
})

it('what a rule makes of a body is what the next guard and the application read', async () => {
  const url = await serving(engineOf(), async (gate, incoming, response) => {
    if ((await gate.shape({})(incoming, response)) === null) return
    if ((await gate.shape({})(incoming, response)) === null) return
    const { 'content-encoding': encoding, 'content-length': length } = incoming.headers
    response.end(`${encoding} ${length} ${await text(incoming)}`)
  })
  expect(await post(url, 'packed!!', { 'content-encoding': 'gzip' })).toBe('200 undefined 6 packed')
})

it('refuses what a rule does not take, and the connection goes on', async () => {
  const url = await serving(engineOf(), async (gate, incoming, response) => {
    if ((await gate.shape({})(incoming, response)) !== null) response.end(await text(incoming))
  })
  expect(await post(url, 'much too long')).toMatch(/^400 .*"TOO_LONG"/)
  expect(await post(url, slowly('much ', 'too ', 'long'))).toMatch(/^400 .*"TOO_LONG"/)
  expect(await post(url, 'x'.repeat(101))).toMatch(/^413 .*"REQUEST_BODY_TOO_LARGE"/)
  expect(await post(url, slowly('x'.repeat(60), 'x'.repeat(60)))).toMatch(/^413 .*"REQUEST_BODY_TOO_LARGE"/)
  expect(await post(url, 'fine')).toBe('200 fine')
})

it('a credential may send less than the guard takes, whoever is asked first', async () => {
  const engine = engineOf({ authenticator: keyAuthenticator({ maxBody: 4 }) })
  const url = await serving(engine, async (gate, incoming, response) => {
    const guards = [gate.authenticate, gate.shape({})]
    for (const guard of incoming.url === '/' ? guards : guards.reverse())
      if ((await guard(incoming, response)) === null) return
    response.end(await text(incoming))
  })
  for (const path of ['', 'other']) {
    const send = (body: string | ReadableStream) => post(url + path, body, { 'x-api-key': KEY })
    expect(await send('four')).toBe('200 four')
    expect(await send(slowly('fo', 'ur'))).toBe('200 four')
    expect(await send(slowly('fiv', 'e.'))).toMatch(/^413 /)
  }
})

it('lets nothing through of a body that was read before', async () => {
  const engine = engineOf()
  const url = await serving(engine, async (gate, incoming, response) => {
    await text(incoming)
    if ((await gate.shape({})(incoming, response)) !== null) response.end('open')
  })
  expect(await post(url, 'fine')).toMatch(/^500 .*"INTERNAL_ERROR"/)
  expect(String(engine.crashes[0])).toContain('put this guard first')
})

it('a client that breaks off while its body is held is told of, and nothing goes on', async () => {
  const engine = engineOf()
  let passed = 0
  const url = await serving(engine, async (gate, incoming, response) => {
    if ((await gate.shape({})(incoming, response)) !== null) passed++
  })
  const sent = ask(url, { method: 'POST', headers: { 'content-length': '10' } })
  sent.on('error', () => undefined)
  sent.write('half')
  await expect.poll(() => server?.listening && sent.writableLength === 0 && sent.socket !== null).toBe(true)
  await wait(50)
  sent.destroy()
  await expect.poll(() => engine.events.map(({ code }) => code)).toEqual(['CLIENT_CLOSED_REQUEST'])
  expect(passed).toBe(0)
})

it('holds a body that Fastify plays', async () => {
  const gate = createFastifyGate(engineOf())
  const app = Fastify()
  await app.register(gate.plugin)
  app.post('/', { onRequest: gate.shape({}) }, async ({ body }) => body)
  const play = async (payload: string) => {
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: '/',
      payload,
      headers: { 'content-type': 'text/plain' },
    })
    return `${statusCode} ${body}`
  }
  expect(await play('fine')).toBe('200 fine')
  expect(await play('much too long')).toMatch(/^400 /)
  await app.close()
})
