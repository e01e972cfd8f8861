import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOpenApi, readDocument } from '../../src/guard/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace, type Place } from '../support/sallyport.ts'
import { tenantOf } from '../support/tenants.ts'

const vectors = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const PETSTORE = 'OAI_learn.openapis.org__examples__v3.0__petstore-expanded.yaml'

const ORDERS = {
  openapi: '3.0.3',
  info: { title: 'Orders', version: '1' },
  paths: {
    '/orders/{order}': {
      parameters: [{ name: 'order', in: 'path', required: true, schema: { type: 'string' } }],
      get: { parameters: [{ $ref: '#/components/parameters/Fields' }], responses: { 200: { description: 'One.' } } },
      patch: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
        responses: { 200: { description: 'Changed.' } },
      },
      delete: { responses: { 204: { description: 'Gone.' } } },
    },
  },
  components: {
    parameters: { Fields: { name: 'fields', in: 'query', schema: { type: 'string', nullable: true } } },
    schemas: {
      Pet: {
        type: 'object',
        properties: {
          weight: { type: 'number', minimum: 0, exclusiveMinimum: true },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Pet' } },
        },
      },
    },
  },
}

describe.each(backends)('the inventory of what is behind the gateway, on $name', { timeout: 180_000 }, ({ open }) => {
  let world: World
  let upstream: Server
  let control: Control
  let reader: string
  let command: Place['command']
  let petter: string

  beforeAll(async () => {
    world = await open()
    upstream = createServer((incoming, response) => {
      const status = incoming.url?.startsWith('/free/nothing') ? 404 : 200
      incoming.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end('{}'))
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    await copyFile(join(vectors, 'openapi', PETSTORE), join(world.dataDir, 'pets.yaml'))
    await writeFile(join(world.dataDir, 'orders.json'), JSON.stringify(ORDERS))
    const place = await openPlace(
      world,
      `
gateway:
  upstreams: { api: { targets: ["${address}"] } }
  documents: { orders: { file: ${join(world.dataDir, 'orders.json')} } }
  routes:
    - { id: free, match: { path: "/free/**" }, upstream: api, public: true }
    - { id: orders, match: { path: "/orders/**" }, upstream: api, public: true, input: { openapi: { document: orders, unknown: allow } } }
`,
    )
    const made = [
      'routes',
      'import',
      'pets.yaml',
      '--upstream',
      `pets=${address}`,
      '--authenticate',
      'apiKey',
      '--write',
    ]
    expect(await place.command(made)).toMatchObject({ code: 0 })
    command = place.command
    control = await openControl(world, {
      role: 'all',
      env: { ...place.env, SALLYPORT_CONFIG: join(world.dataDir, 'sallyport.yaml') },
    })
    reader = (await control.keyWith(['gateway:inspect'])).key
    petter = (await control.keyWith([])).key
    await traffic()
  })

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  const send = async (method: string, path: string, body?: object) => {
    const headers = { 'x-api-key': petter, 'content-type': 'application/json' }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const answer = await fetch(control.serving.gateway + path, init)
    await answer.arrayBuffer()
    return answer.status
  }

  async function traffic() {
    expect(await send('GET', '/v2/pets?limit=3')).toBe(200)
    expect(await send('GET', '/v2/pets')).toBe(200)
    expect(await send('POST', '/v2/pets', { name: 'Rex' })).toBe(200)
    expect(await send('GET', '/v2/pets/7')).toBe(200)
    expect(await send('GET', '/free/people/17/mails')).toBe(200)
    expect(await send('GET', '/free/people/18/mails?unread=secret')).toBe(200)
    expect(await send('GET', '/free/nothing/at/all')).toBe(404)
    expect(await send('GET', '/orders/o-1?fields=a&trace=secret')).toBe(200)
    expect(await send('PATCH', '/orders/o-1', { weight: 1, price: 'secret' })).toBe(200)
    expect(await send('GET', '/orders/o-1/history')).toBe(200)
    expect(await send('GET', '/backup.sql')).toBe(404)
    expect(await send('DELETE', '/v2/pets')).toBe(405)
  }

  const get = async (path: string) => (await control.call(reader, 'GET', path)).body
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is asserted
  type Any = any

  it('lists what is declared joined with what was asked for', async () => {
    const { items } = await get('/v1/inventory?limit=100')
    const lines = items.map(
      ({ method, path, declared, requests }: Any) => `${method} ${path} ${declared ? 'declared' : 'seen'} ${requests}`,
    )
    expect(lines).toEqual([
      '* /free/** declared 0',
      'GET /free/people/{id}/mails seen 2',
      'GET /orders/o-1/history seen 1',
      'DELETE /orders/{order} declared 0',
      'GET /orders/{order} declared 1',
      'PATCH /orders/{order} declared 1',
      'GET /v2/pets declared 2',
      'POST /v2/pets declared 1',
      'DELETE /v2/pets/{id} declared 0',
      'GET /v2/pets/{id} declared 1',
    ])
    const pets = items.find(({ method, path }: Any) => `${method} ${path}` === 'GET /v2/pets')
    expect(pets).toMatchObject({
      route: 'findPets',
      document: 'pets',
      query: [{ name: 'limit', declared: true, requests: 1 }],
    })
    const page = await get('/v1/inventory?limit=4&route=orders')
    expect(page.items.length).toBe(4)
    expect(page.nextCursor).toBe(null)
  })

  it('says what differs, and never a value', async () => {
    const { items } = await get('/v1/inventory/findings')
    const told = items.map(({ kind, method, path, place, name }: Any) =>
      [kind, method, path, place, name].filter(Boolean).join(' '),
    )
    expect(told.sort()).toEqual([
      'drift GET /orders/{order} query trace',
      'drift PATCH /orders/{order} body price',
      'shadow DELETE /v2/pets',
      'shadow GET /backup.sql',
      'shadow GET /orders/o-1/history',
    ])
    expect(JSON.stringify(await get('/v1/inventory?limit=100'))).not.toContain('secret')
    expect((await get('/v1/inventory/findings?kind=zombie')).items).toEqual([])
  })

  it('goes from page to page', async () => {
    const first = await get('/v1/inventory?limit=6')
    const second = await get(`/v1/inventory?limit=6&cursor=${first.nextCursor}`)
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([6, 4, null])
    expect((await control.call(reader, 'GET', '/v1/inventory?cursor=nonsense')).body.code).toBe('CURSOR_INVALID')
  })

  it('exports a document whose operations are exactly those that were asked for', async () => {
    const document = await get('/v1/inventory/openapi?of=seen')
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(operations.sort()).toEqual([
      'GET /free/people/{id}/mails',
      'GET /orders/o-1/history',
      'GET /orders/{order}',
      'GET /v2/pets',
      'GET /v2/pets/{id}',
      'PATCH /orders/{order}',
      'POST /v2/pets',
    ])
    const seen = operations.map((name) => {
      const [method = '', path = ''] = name.split(' ')
      return [name, document.paths[path][method.toLowerCase()]['x-sallyport'].requests]
    })
    expect(Object.fromEntries(seen)).toMatchObject({
      'GET /v2/pets': 2,
      'GET /free/people/{id}/mails': 2,
      'POST /v2/pets': 1,
    })
  })

  it('exports what the gateway asks for, what documents say in the words of 3.1, and what they do not have', async () => {
    const document = await get('/v1/inventory/openapi')
    expect(document.openapi).toBe('3.1.0')
    expect(document.paths['/v2/pets'].get.security).toEqual([{ apiKey: [] }])
    expect(document.paths['/free/people/{id}/mails'].get).toMatchObject({
      security: [],
      parameters: [
        { name: 'id', in: 'path' },
        { name: 'unread', in: 'query', 'x-undeclared': true },
      ],
      responses: { '2XX': { description: 'Seen, and not described.' } },
    })
    expect(document.paths['/orders/{order}'].patch['x-undeclared-fields']).toEqual(['price'])
    expect(document.components.parameters['orders.Fields'].schema).toEqual({ type: ['string', 'null'] })
    expect(document.components.schemas['orders.Pet'].properties.weight).toEqual({ type: 'number', exclusiveMinimum: 0 })
    expect(Object.keys(document.components.schemas)).toContain('pets.Pet')
  })

  it('exports a document that is one of OpenAPI 3.1, and can be imported again', async () => {
    const text = JSON.stringify(await get('/v1/inventory/openapi'))
    expect(await new Validator().validate(JSON.parse(text))).toMatchObject({ valid: true })
    const read = readDocument(text)
    expect(read.ok ? [] : read.faults).toEqual([])
    const made = createOpenApi(text, { unknown: 'refuse', response: 'enforce', base: '', beside: [] })
    expect(made.ok ? [] : made.faults).toEqual([])
    await writeFile(join(world.dataDir, 'exported.json'), text)
    const again = await command([
      'routes',
      'import',
      'exported.json',
      '--upstream',
      'api=http://127.0.0.1:1',
      '--public-where-declared',
      '--json',
    ])
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, unmapped: [] })
    expect(JSON.parse(again.stdout).routes.length).toBe(9)
  })

  it('is for those who may inspect the gateway', async () => {
    const other = (await control.keyWith(['audit:read'])).key
    for (const path of ['/v1/inventory', '/v1/inventory/findings', '/v1/inventory/openapi']) {
      expect((await control.call(other, 'GET', path)).status).toBe(403)
      expect((await control.call(null, 'GET', path)).status).toBe(401)
    }
    const manager = (await control.keyWith(['organizations:manage'])).key
    const { body } = await control.call(manager, 'POST', '/v1/organizations', { name: 'Elsewhere' })
    const stranger = (await tenantOf(control, body.id).keyWith(['gateway:inspect'])).key
    for (const path of ['/v1/inventory', '/v1/inventory/findings', '/v1/inventory/openapi'])
      expect((await control.call(stranger, 'GET', path)).body.code).toBe('PERMISSION_MISSING')
  })

  it('is on the command line too', async () => {
    await get('/v1/inventory')
    const list = await command(['inventory', 'list', '--route', 'findPets'])
    expect(list.stdout).toMatch(/findPets +GET +\/v2\/pets +yes +2 /)
    const findings = await command(['inventory', 'findings', '--kind', 'drift', '--json'])
    expect(JSON.parse(findings.stdout).items.length).toBe(2)
    const exported = await command(['inventory', 'export', '--of', 'seen'])
    expect(JSON.parse(exported.stdout).openapi).toBe('3.1.0')
    expect((await command(['inventory', 'export', '--of', 'everything'])).code).toBe(2)
    expect((await readFile(join(world.dataDir, 'sallyport.yaml'), 'utf8')).includes('findPets')).toBe(true)
  })
})
