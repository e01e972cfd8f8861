import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../test/support/backends.ts'
import { type Config, readConfig } from '../config/index.ts'
import type { Store } from '../store/index.ts'
import { openTestStore, stoppedClock } from '../store/testing.ts'
import { createInventory, type Inventory, inventoryMigrations } from './index.ts'

const DAY = 86_400_000

const DOCUMENT = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Parcels', version: '1' },
  paths: {
    '/parcels/{parcel}': {
      get: { parameters: [{ name: 'fields', in: 'query', schema: { type: 'string' } }], responses: {} },
      patch: {
        requestBody: {
          content: {
            'application/json': {
              schema: { allOf: [{ $ref: '#/components/schemas/Parcel' }, { properties: { note: {} } }] },
            },
          },
        },
        responses: {},
      },
    },
    '/depots': { get: { responses: {} } },
  },
  components: { schemas: { Parcel: { type: 'object', properties: { weight: { type: 'number' } } } } },
})

const route = (id: string, path: string, more: object = {}) => ({
  id,
  match: { path },
  upstream: 'api',
  public: true,
  ...more,
})

describe.each(backends)('the inventory on $name', ({ open }) => {
  let world: World
  let store: Store
  let gateway: Config['gateway']
  const clock = stoppedClock()
  const opened: Inventory[] = []

  const failed = (error: unknown) => {
    throw error
  }
  const mayMatch = (of: string, path: string) => (of.endsWith('/**') ? path.startsWith(of.slice(0, -3)) : of === path)
  const openInventory = (from: Store = store, onError = failed) => {
    const made = createInventory({ store: from, clock, gateway: () => gateway, mayMatch, serves: false, onError })
    opened.push(made)
    return made
  }
  const settings = (routes: readonly object[], inventory: object = {}) => {
    const upstreams = { api: { targets: ['http://127.0.0.1:1'] } }
    const documents = { parcels: { file: join(world.dataDir, 'parcels.json') } }
    const loaded = readConfig({ gateway: { upstreams, documents, routes, inventory } } as never, world.dataDir)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    return loaded.value.gateway
  }

  beforeEach(async () => {
    world = await open()
    await writeFile(join(world.dataDir, 'parcels.json'), DOCUMENT)
    store = await openTestStore(world, { migrations: inventoryMigrations, clock })
    gateway = settings([
      route('orders', '/orders/{order}', { match: { path: '/orders/{order}', methods: ['GET', 'PUT'] } }),
      route('all', '/all/**'),
      route('parcels', '/parcels/**', { input: { openapi: { document: 'parcels', unknown: 'allow' } } }),
      route('depots', '/depots', { input: { openapi: { document: 'parcels', unknown: 'allow' } } }),
    ])
  })

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop()
    await store.close()
    await world.close()
  })

  const ask = (
    inventory: Inventory,
    method: string,
    path: string,
    id: string | null,
    how: { status?: number; query?: string; code?: string } = {},
  ) => {
    const { status = 200, query = '', code = null } = how
    const type = code === null ? 'request.allowed' : 'request.denied'
    inventory.seen({ type, method, route: id, resource: path, status, code }, { query })
  }
  const listed = async (inventory: Inventory) =>
    (await inventory.list())
      .filter(({ row }) => (row?.requests ?? 0) > 0)
      .map(({ method, path, row }) => `${method} ${path} ${row?.requests}`)
  const found = async (inventory: Inventory, kind: string) =>
    (await inventory.findings())
      .filter((it) => it.kind === kind)
      .map(({ method, path, place, name, requests }) =>
        [method, path, ...(name === null ? [] : [place, name]), requests].join(' '),
      )

  it('counts what is asked for by the paths that are declared', async () => {
    const inventory = openInventory()
    ask(inventory, 'GET', '/orders/7', 'orders')
    ask(inventory, 'HEAD', '/orders/8', 'orders', { status: 500 })
    ask(inventory, 'PUT', '/orders/8', 'orders', { status: 404 })
    ask(inventory, 'GET', '/parcels/p-1', 'parcels')
    expect(await listed(inventory)).toEqual([
      'GET /orders/{order} 2',
      'PUT /orders/{order} 1',
      'GET /parcels/{parcel} 1',
    ])
    const [order] = await inventory.list()
    expect(order?.row).toMatchObject({ status_2: 0, status_4: 0, requests: 0 })
    const get = (await inventory.list()).find(({ method, path }) => `${method} ${path}` === 'GET /orders/{order}')
    expect(get?.row).toMatchObject({ status_2: 1, status_5: 1, allowed: 2, allowed_at: clock.now() })
  })

  it('makes templates of paths where a route takes all below, and learns nothing that no upstream has', async () => {
    const inventory = openInventory()
    for (const id of ['1', '2', '3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'ord_1hq3v0c9kd5m7w2x8p4t6r1a', '2026-01-31'])
      ask(inventory, 'GET', `/all/v2/orders/${id}`, 'all')
    ask(inventory, 'GET', '/all/v2/nothing', 'all', { status: 404 })
    ask(inventory, 'GET', '/all/v2/secret', 'all', { status: 403, code: 'SCOPE_MISSING' })
    expect(await listed(inventory)).toEqual(['GET /all/v2/orders/{id} 5'])
  })

  it('takes many different words at one place for one thing of many, in what was written down too', async () => {
    const inventory = openInventory()
    const words = Array.from({ length: 40 }, (_, i) => `name${String.fromCharCode(97 + (i % 26))}${i < 26 ? 'x' : 'y'}`)
    for (const word of words.slice(0, 20)) ask(inventory, 'GET', `/all/people/${word}`, 'all', { query: 'full=1' })
    expect((await listed(inventory)).length).toBe(20)
    const other = openInventory()
    for (const word of words.slice(20)) ask(other, 'GET', `/all/people/${word}`, 'all', { query: 'full=1' })
    await other.flush()
    expect(await listed(other)).toEqual(['GET /all/people/{id} 40'])
    const [item] = (await other.list()).filter(({ path }) => path === '/all/people/{id}')
    expect(item?.query).toMatchObject([{ name: 'full', requests: 40 }])
  })

  it('lists shadows: what no route is about, and what the document of a route does not have', async () => {
    const inventory = openInventory()
    ask(inventory, 'GET', '/admin/7', null, { status: 404, code: 'ROUTE_NOT_FOUND' })
    ask(inventory, 'GET', '/admin/8', null, { status: 404, code: 'ROUTE_NOT_FOUND' })
    ask(inventory, 'DELETE', '/depots', null, { status: 405, code: 'METHOD_NOT_ALLOWED' })
    ask(inventory, 'GET', '/parcels/1001/labels', 'parcels')
    expect(await found(inventory, 'shadow')).toEqual([
      'GET /admin/{id} 2',
      'DELETE /depots 1',
      'GET /parcels/{id}/labels 1',
    ])
  })

  it('lists names that the document does not have, and never a value', async () => {
    const inventory = openInventory()
    ask(inventory, 'GET', '/parcels/p-1', 'parcels', { query: 'fields=a&debug=secret&%5Fx=1&debug' })
    inventory.fields('parcels', { method: 'PATCH', path: '/parcels/p-1' }, { weight: 1, note: 'x', price: 'secret' })
    inventory.fields('parcels', { method: 'PATCH', path: '/parcels/p-1' }, ['secret'])
    ask(inventory, 'PATCH', '/parcels/p-1', 'parcels')
    expect(await found(inventory, 'drift')).toEqual([
      'GET /parcels/{parcel} query debug 2',
      'GET /parcels/{parcel} query _x 1',
      'PATCH /parcels/{parcel} body price 1',
    ])
    expect(JSON.stringify(await inventory.list())).not.toContain('secret')
  })

  it('lists zombies: what is declared and was not answered for long', async () => {
    const inventory = openInventory()
    ask(inventory, 'GET', '/orders/7', 'orders')
    expect(await found(inventory, 'zombie')).toEqual([])
    clock.pass(31 * DAY)
    ask(inventory, 'GET', '/depots', 'depots')
    ask(inventory, 'GET', '/all/x', 'all')
    ask(inventory, 'PUT', '/orders/7', 'orders', { status: 401, code: 'CREDENTIAL_MISSING' })
    expect(await found(inventory, 'zombie')).toEqual([
      'GET /orders/{order} 1',
      'PUT /orders/{order} 1',
      'GET /parcels/{parcel} 0',
      'PATCH /parcels/{parcel} 0',
    ])
  })

  it('is counted by several processes together', async () => {
    const [one, two] = [openInventory(), openInventory()]
    for (let i = 0; i < 300; i++) {
      ask(one, 'GET', `/all/a/${i}`, 'all', { query: 'q=1' })
      ask(two, 'GET', `/all/a/${i}`, 'all', { query: 'q=1' })
    }
    await Promise.all([one.flush(), two.flush()])
    expect(await listed(one)).toEqual(['GET /all/a/{id} 600'])
  })

  it('stays within its bounds whatever strangers ask for, and keeps what is asked for again', async () => {
    gateway = settings([route('all', '/all/**')], { maxPaths: 100 })
    const inventory = openInventory()
    const word = (i: number) => `w${i.toString(26).replaceAll(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] as string)}`
    for (let i = 0; i < 30_000; i++) {
      ask(inventory, 'GET', `/${word(i)}/${word(i * 7)}`, null, { status: 404, code: 'ROUTE_NOT_FOUND' })
      if (i % 100 === 0) ask(inventory, 'GET', '/old/api', null, { status: 404, code: 'ROUTE_NOT_FOUND' })
      ask(inventory, 'GET', `/all/${word(i)}/${word(i * 3)}/${word(i * 11)}`, 'all')
    }
    const shadows = await found(inventory, 'shadow')
    expect(shadows.length).toBe(10)
    expect(shadows[0]).toBe('GET /old/api 300')
    expect((await listed(inventory)).length).toBeLessThanOrEqual(100)
  })

  it('forgets what is old, but not what is declared', async () => {
    const inventory = openInventory()
    ask(inventory, 'GET', '/admin', null, { status: 404, code: 'ROUTE_NOT_FOUND' })
    ask(inventory, 'GET', '/all/x', 'all')
    ask(inventory, 'GET', '/orders/7', 'orders')
    await inventory.flush()
    clock.pass(181 * DAY)
    ask(inventory, 'GET', '/depots', 'depots')
    expect(await found(inventory, 'shadow')).toEqual([])
    expect(await listed(inventory)).toEqual(['GET /depots 1', 'GET /orders/{order} 1'])
  })

  it('goes on with other routes when the configuration changes', async () => {
    const inventory = openInventory()
    ask(inventory, 'GET', '/orders/7', 'orders')
    gateway = settings([route('orders', '/orders/{order}'), route('new', '/new')])
    ask(inventory, 'GET', '/new', 'new')
    expect(await listed(inventory)).toEqual(['GET /new 1', 'GET /orders/{order} 1'])
  })

  it('learns nothing where that is off', async () => {
    gateway = settings([route('all', '/all/**')], { learn: false })
    const inventory = openInventory()
    ask(inventory, 'GET', '/all/x', 'all')
    ask(inventory, 'GET', '/x', null, { status: 404, code: 'ROUTE_NOT_FOUND' })
    expect(await listed(inventory)).toEqual([])
    expect(await inventory.findings()).toEqual([])
  })

  it('is written later when the database does not take it now', async () => {
    let away = true
    const errors: unknown[] = []
    const flaky: Store = { ...store, write: (work) => (away ? Promise.reject(new Error('away')) : store.write(work)) }
    const inventory = openInventory(flaky, (error) => void errors.push(error) as never)
    ask(inventory, 'GET', '/orders/7', 'orders')
    await inventory.flush()
    expect(errors).toHaveLength(1)
    away = false
    ask(inventory, 'GET', '/orders/7', 'orders')
    expect(await listed(inventory)).toEqual(['GET /orders/{order} 2'])
  })
})
