import { expect, it } from 'vitest'
import { createNextGate, type NextHandler } from './next.ts'
import { KEY, keyAuthenticator, testEngine } from './testing.ts'

const ORDERS = 'http://localhost:3000/orders/7'
const asking = (headers: Record<string, string> = {}, init: RequestInit = {}) =>
  new Request(ORDERS, { ...init, headers })
const who: NextHandler<object> = (_, { principal }) => new Response(principal.id)

it.each([[undefined], [''], ['localhost'], [7], [{}]])(
  'an address that is none is refused when it is made: %j',
  (address) => {
    expect(() => createNextGate(testEngine(), address as never)).toThrow('address must say')
  },
)

it('an address that a function does not find lets nobody through', async () => {
  const gate = createNextGate(testEngine(), (request) => request.headers.get('x-real-ip') ?? '')
  const route = gate.guard([gate.optional()], who)
  await expect(route(asking(), {})).rejects.toThrow('address must say')
  expect(await (await route(asking({ 'x-real-ip': '192.0.2.7' }), {})).text()).toBe('anonymous')
})

it('a handler without a guard is refused when it is made', () => {
  expect(() => createNextGate(testEngine(), '127.0.0.1').guard([], who)).toThrow('at least one guard')
})

it('the handler is told who asks and gets no credential, and the Event is written when the answer was read', async () => {
  const engine = testEngine()
  const gate = createNextGate(engine, '192.0.2.7')
  const seen: unknown[] = []
  const route = gate.guard<{ params: Promise<object> }>([gate.authenticate()], async (request, context) => {
    seen.push(context.principal.id, await context.params, Object.fromEntries(request.headers), await request.json())
    return Response.json({ good: true }, { status: 201 })
  })
  const init = { method: 'POST', body: '{"a":1}' }
  const answer = await route(asking({ 'x-api-key': KEY, 'x-kept': 'kept', 'x-principal-id': 'forged' }, init), {
    params: Promise.resolve({ id: '7' }),
  })
  expect(seen).toMatchObject(['svc_one', { id: '7' }, { 'x-kept': 'kept' }, { a: 1 }])
  expect(JSON.stringify(seen)).not.toMatch(/forged|sp_test/)
  expect(engine.events).toEqual([])
  expect([answer.status, answer.headers.get('x-request-id'), await answer.json()]).toEqual([
    201,
    expect.stringMatching(/^req_/),
    { good: true },
  ])
  await expect
    .poll(() => engine.events.map(({ type, status, address }) => [type, status, address]))
    .toEqual([['request.allowed', 201, '192.0.2.7']])
})

it('who is refused gets a problem, and the handler is not asked', async () => {
  const engine = testEngine()
  const gate = createNextGate(engine, '127.0.0.1')
  const answer = await gate.guard([gate.authenticate()], () => expect.unreachable())(asking(), {})
  expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toMatchObject([
    401,
    'application/problem+json',
    { code: 'CREDENTIAL_MISSING' },
  ])
  expect(engine.events.map(({ type, code }) => [type, code])).toEqual([['request.denied', 'CREDENTIAL_MISSING']])
})

it.each([
  ['an answer that nobody reads to its end', (answer: Response) => answer.body?.cancel()],
  ['a client that leaves', (_: Response, leaving: AbortController) => leaving.abort()],
  ['an answer that was read', (answer: Response) => answer.text()],
])('what a credential holds is given back once, after %s', async (_, end) => {
  let released = 0
  const gate = createNextGate(testEngine({ authenticator: keyAuthenticator({ released: () => released++ }) }), '::1')
  const leaving = new AbortController()
  const route = gate.guard([gate.authenticate()], () => new Response('a text'))
  const answer = await route(asking({ 'x-api-key': KEY }, { signal: leaving.signal }), {})
  expect(released).toBe(0)
  await end(answer, leaving)
  await expect.poll(() => released).toBe(1)
  leaving.abort()
  expect(released).toBe(1)
})

it('a handler that throws gives back what was held, and Next hears of it', async () => {
  let released = 0
  const gate = createNextGate(testEngine({ authenticator: keyAuthenticator({ released: () => released++ }) }), '::1')
  const route = gate.guard([gate.authenticate()], () => {
    throw new Error('broken')
  })
  await expect(route(asking({ 'x-api-key': KEY }), {})).rejects.toThrow('broken')
  expect(released).toBe(1)
})

it('a request that was left before it was asked about reaches no handler', async () => {
  const gate = createNextGate(testEngine(), '::1')
  const route = gate.guard([gate.authenticate()], () => expect.unreachable())
  expect((await route(asking({ 'x-api-key': KEY }, { signal: AbortSignal.abort() }), {})).status).toBe(499)
})

it('a proxy hands on what it is told to, without the credential', async () => {
  const gate = createNextGate(testEngine(), '::1')
  const proxy = gate.proxy([gate.authenticate()], (request, { principal }) => {
    return new Response(null, { headers: { for: principal.id, key: String(request.headers.get('x-api-key')) } })
  })
  expect((await proxy(asking())).status).toBe(401)
  const passed = await proxy(asking({ 'x-api-key': KEY }))
  expect([passed.status, passed.headers.get('for'), passed.headers.get('key')]).toEqual([200, 'svc_one', 'null'])
})

it('a proxy takes no guard that looks into bodies, for the handler reads another one', () => {
  const rules = { shape: () => ({ steps: [], rules: [], maxBody: 1 }) }
  const gate = createNextGate(testEngine({ rules }), '::1')
  for (const guard of [gate.shape({}), gate.body('papers')])
    expect(() => gate.proxy([gate.authenticate(), guard], () => new Response())).toThrow('a proxy hands on no body')
})
