import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const DOCUMENT = `
openapi: 3.1.0
info: { title: Orders, version: "1" }
paths:
  /orders:
    get:
      parameters: [{ name: limit, in: query, schema: { type: integer, maximum: 50 } }]
      responses: { "200": { content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Order" } } } } } }
    post:
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } }
      responses: { "200": { content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } } }
components:
  schemas:
    Order:
      type: object
      required: [items]
      properties:
        id: { type: string, readOnly: true }
        items: { type: array, items: { type: object, properties: { price: { type: number, minimum: 0 } } } }
`

const route = (id: string, base: string, openapi: string, more = '') =>
  `    - { id: ${id}, match: { path: "/${base}/**" }, upstream: api, public: true, input: { openapi: { document: orders, base: "/${base}"${openapi} }${more} } }`

const settings = (upstream: string, file: string) => `
gateway:
  upstreams: { api: { targets: ["${upstream}"] } }
  documents: { orders: { file: ${file} } }
  routes:
${route('strict', 'a', '')}
${route('report', 'b', ', response: report')}
${route('enforce', 'c', ', response: enforce')}
${route('open', 'd', ', unknown: allow')}
`

const [smallest] = backends

describe('what an OpenAPI document does not describe', { timeout: 60_000 }, () => {
  let world: World
  let upstream: Server
  let control: Control
  let answer: unknown
  const seen: string[] = []

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    const file = join(world.dataDir, 'orders.openapi.yaml')
    await writeFile(file, DOCUMENT)
    upstream = createServer(async (incoming: IncomingMessage, response: ServerResponse) => {
      let body = ''
      for await (const piece of incoming) body += piece
      seen.push(`${incoming.method} ${incoming.url} ${body}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, file))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
  })

  beforeEach(() => {
    seen.length = 0
    answer = []
  })

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  async function send(path: string, body?: string, type = 'application/json') {
    const init = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': type } }
    const got = await fetch(control.serving.gateway + path, init)
    const told = (await got.json()) as { code?: string; errors?: { path: string; message: string }[] }
    return { status: got.status, code: told.code ?? null, errors: told.errors ?? null }
  }

  const passed = { status: 200, code: null, errors: null }

  it('does not reach the upstream, and what it describes does', async () => {
    expect(await send('/a/orders?limit=50')).toEqual(passed)
    expect(await send('/a/orders', '{"items":[{"price":1}]}')).toEqual(passed)
    expect(seen).toEqual(['GET /a/orders?limit=50 ', 'POST /a/orders {"items":[{"price":1}]}'])
  })

  it.each([
    ['/a/orders?limit=51', undefined, 400, 'PARAMETER_INVALID', 'query/limit', 'maximum: must be <= 50'],
    ['/a/orders?debug=1', undefined, 400, 'PARAMETER_INVALID', 'query/debug', 'unknown: is not described'],
    ['/a/orders', '{"items":[{"price":-1}]}', 400, 'BODY_INVALID', '/items/0/price', 'minimum: must be >= 0'],
    ['/a/orders', '{"items":[],"id":"x"}', 400, 'BODY_INVALID', '/id', 'unevaluatedProperties: is not described'],
    ['/a/orders', '{"items":1,"items":[]}', 400, 'JSON_AMBIGUOUS', '/items', 'comes twice'],
    ['/a/orders', '', 400, 'BODY_INVALID', '', 'required: is missing'],
  ])('is refused with its place: %s %s', async (path, body, status, code, at, message) => {
    expect(await send(path, body)).toEqual({ status, code, errors: [{ path: at, message }] })
    expect(seen).toEqual([])
  })

  it('is refused by type, path and method as well', async () => {
    expect(await send('/a/orders', 'items=1', 'application/x-www-form-urlencoded')).toMatchObject({ status: 415 })
    expect(await send('/a/admin')).toMatchObject({ status: 404, code: 'OPERATION_UNKNOWN' })
    expect((await fetch(`${control.serving.gateway}/a/orders`, { method: 'DELETE' })).status).toBe(404)
    expect(seen).toEqual([])
  })

  it('is passed on where unknown things are allowed, but not what breaks a rule', async () => {
    expect(await send('/d/orders?debug=1', '{"items":[],"more":1}')).toEqual(passed)
    expect(await send('/d/other')).toEqual(passed)
    expect(await send('/d/orders', '{"items":1}')).toMatchObject({ code: 'BODY_INVALID' })
  })

  it('is told of in answers, or replaced by 502 without a word of what is inside', async () => {
    answer = [{ id: 'x' }]
    expect(await send('/a/orders')).toEqual(passed)
    expect(await send('/b/orders')).toEqual(passed)
    expect(await send('/c/orders')).toEqual({ status: 502, code: 'ANSWER_INVALID', errors: null })
    const { key } = await control.keyWith(['audit:read'])
    const told = () => control.call(key, 'GET', '/v1/audit/events?type=answer.undocumented')
    await until(async () => (await told()).body.items.length > 0)
    type Told = { code: string; route: string; details: unknown }
    const { items } = (await told()).body as { items: Told[] }
    expect(items.map(({ code, route, details }) => ({ code, route, details }))).toEqual([
      { code: 'ANSWER_INVALID', route: 'report', details: { why: '/0/items required: is missing' } },
    ])
    answer = [{ items: [] }]
    expect(await send('/c/orders')).toEqual(passed)
  })
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
