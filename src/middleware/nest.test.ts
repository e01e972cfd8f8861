import { Catch, Get, type INestApplication, type NestApplicationOptions, Put } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { afterEach, expect, it } from 'vitest'
import { moduleOf } from '../../test/support/doors/nest.ts'
import { createNestGate, type NestContextLike, type NestGate } from './nest.ts'
import { KEY, type TestEngine, testEngine } from './testing.ts'

let app: INestApplication | null = null

afterEach(async () => {
  await app?.close()
  app = null
})

type Routes = Parameters<typeof moduleOf>[0]

/** An application with these routes, and a way to ask it. */
async function serving(
  engine: TestEngine,
  routesOf: (gate: NestGate) => Routes,
  prepare: (app: INestApplication, gate: NestGate) => void = () => undefined,
  options: NestApplicationOptions = {},
) {
  const gate = createNestGate(engine)
  app = await NestFactory.create(moduleOf(routesOf(gate)), { logger: false, abortOnError: false, ...options })
  prepare(app, gate)
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl()
  return async (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => {
    const answer = await fetch(url + path, { ...init, headers })
    const text = await answer.text()
    return { status: answer.status, type: answer.headers.get('content-type'), text }
  }
}

it('guards every route of an application, and the Event names the route that Nest found', async () => {
  const engine = testEngine()
  const ask = await serving(
    engine,
    () => [[Get, 'orders/:id', [], (request, response) => void response.end(request.principal?.id)]],
    (it, gate) =>
      void it.setGlobalPrefix('api').useGlobalGuards(gate.authenticate(), gate.requireScopes('orders:read')),
  )
  expect((await ask('/api/orders/7')).status).toBe(401)
  expect(await ask('/api/orders/7', { 'x-api-key': KEY })).toMatchObject({ status: 200, text: 'svc_one' })
  await expect
    .poll(() => engine.events.map(({ type, route }) => [type, route]))
    .toEqual([
      ['request.denied', '/api/orders/:id'],
      ['request.allowed', '/api/orders/:id'],
    ])
})

it('answers by itself: the filters of the application hear nothing of who was refused', async () => {
  const heard: unknown[] = []
  class Everything {
    catch(exception: unknown) {
      heard.push(exception)
    }
  }
  Catch()(Everything)
  const ask = await serving(
    testEngine(),
    (gate) => [[Get, 'orders', [gate.authenticate()], (_, response) => void response.end('open')]],
    (it) => void it.useGlobalFilters(new Everything()),
  )
  const refused = await ask('/orders')
  expect([refused.status, refused.type]).toEqual([401, 'application/problem+json'])
  expect(JSON.parse(refused.text)).toMatchObject({ code: 'CREDENTIAL_MISSING' })
  expect(heard).toEqual([])
})

it('asks no further guard once somebody was refused', async () => {
  const asked: string[] = []
  const next = { canActivate: () => asked.push('next') > 0 }
  const ask = await serving(testEngine(), (gate) => [
    [Get, 'orders', [gate.authenticate(), next], (_, response) => void response.end('open')],
  ])
  expect((await ask('/orders')).status).toBe(401)
  expect(asked).toEqual([])
  expect((await ask('/orders', { 'x-api-key': KEY })).text).toBe('open')
  expect(asked).toEqual(['next'])
})

it.each([
  ['before Nest would read it', { bodyParser: false }, 200, '{"title":"a"}'],
  ['not when Nest read it already', {}, 500, expect.stringContaining('INTERNAL_ERROR')],
])('judges a body %s', async (_, options, status, text) => {
  const ask = await serving(
    testEngine(),
    (gate) => [
      [Put, 'papers', [gate.authenticate(), gate.body('papers')], ({ body }, to) => void to.end(JSON.stringify(body))],
    ],
    undefined,
    options,
  )
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
  expect(await ask('/papers', headers, { method: 'PUT', body: '{"title":"a"}' })).toMatchObject({ status, text })
})

it.each([
  ['what is no HTTP', 'rpc', 'guards HTTP, and not "rpc"'],
  ['another platform', 'http', 'on the Express platform'],
])('lets nothing through of %s', (_, type, sentence) => {
  const http = { getRequest: () => ({ raw: {} }), getResponse: () => ({ raw: {} }) }
  const context: NestContextLike = { getType: () => type, switchToHttp: () => http }
  expect(() => createNestGate(testEngine()).optional().canActivate(context)).toThrow(sentence)
})
