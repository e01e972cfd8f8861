import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { createFastifyGate } from './fastify.ts'
import { KEY, testEngine } from './testing.ts'

async function application() {
  const engine = testEngine()
  const gate = createFastifyGate(engine)
  const app = Fastify()
  await app.register(gate.plugin)
  return { app, gate, engine }
}

it('answers requests that never saw a network', async () => {
  const { app, gate, engine } = await application()
  app.get('/orders/:id', { onRequest: gate.authenticate() }, async (request) => Reflect.get(request, 'principal'))
  const refused = await app.inject({ url: '/orders/1', headers: { 'x-request-id': 'request-one' } })
  expect([refused.statusCode, refused.json()]).toEqual([
    401,
    expect.objectContaining({ code: 'CREDENTIAL_MISSING', requestId: 'request-one' }),
  ])
  const allowed = await app.inject({ url: '/orders/1', headers: { 'x-api-key': KEY } })
  expect(allowed.json()).toMatchObject({ id: 'svc_one' })
  await expect
    .poll(() => engine.events.map(({ type, route }) => [type, route]))
    .toEqual([
      ['request.denied', '/orders/:id'],
      ['request.allowed', '/orders/:id'],
    ])
})

it('a request is anonymous until somebody asked, in every scope', async () => {
  const { app } = await application()
  await app.register(async (scope) => {
    scope.get('/deep', async (request) => Reflect.get(request, 'principal'))
  })
  expect((await app.inject('/deep')).json()).toMatchObject({ kind: 'anonymous', scopes: [] })
})

it('a body is not read for whoever is not let in', async () => {
  const { app, gate } = await application()
  app.post('/orders', { onRequest: gate.authenticate() }, async () => 'open')
  const headers = { 'content-type': 'application/json' }
  expect((await app.inject({ method: 'POST', url: '/orders', headers, payload: '{' })).statusCode).toBe(401)
  expect(
    (await app.inject({ method: 'POST', url: '/orders', headers: { ...headers, 'x-api-key': KEY }, payload: '{' }))
      .statusCode,
  ).toBe(400)
})

it('guards without the plugin let nobody through', async () => {
  const gate = createFastifyGate(testEngine())
  const app = Fastify()
  app.get('/', { onRequest: gate.authenticate() }, async () => 'open')
  const answer = await app.inject({ url: '/', headers: { 'x-api-key': KEY } })
  expect([answer.statusCode, answer.json().message]).toEqual([500, expect.stringContaining('gate.plugin')])
})

it('headers of other plugins stay in a refusal', async () => {
  const { app, gate } = await application()
  app.addHook('onRequest', async (_, reply) => void reply.header('access-control-allow-origin', 'https://app.test'))
  app.get('/', { preHandler: gate.authenticate() }, async () => 'open')
  expect((await app.inject('/')).headers['access-control-allow-origin']).toBe('https://app.test')
})
