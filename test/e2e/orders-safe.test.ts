import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOrdersApi } from '../../examples/orders-api/app.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const EXAMPLE = new URL('../../examples/orders-api/sallyport.yaml', import.meta.url)
const [smallest] = backends

const LAMP = 'ord_7Kq2mX9vTz'
const CHAIR = 'ord_Hf61sBqW0e'

/** The Express example as its reader would start it, on the store of a world. */
async function startExpress(env: Readonly<Record<string, string>>): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../examples/express/orders.ts', import.meta.url))], {
    env: { ...env, PORT: '0', SALLYPORT_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, url: /http:\S+/.exec(String(said))?.[0] ?? '' }
}

const DOORS = ['behind the gateway of its example', 'guarded inside the Express example'] as const

describe.each(DOORS)('the sample orders API %s', { timeout: 60_000 }, (door) => {
  const isGateway = door === DOORS[0]
  let inside: ChildProcess | null = null
  let base: string
  let world: World
  let api: FastifyInstance
  let control: Control
  let ana: string
  let admin: string

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    api = createOrdersApi()
    const origin = await api.listen({ host: '127.0.0.1', port: 0 })
    const yaml = (await readFile(EXAMPLE, 'utf8')).replace('http://127.0.0.1:9090', origin)
    const place = await openPlace(world, yaml)
    control = await openControl(world, { role: 'all', env: { ...place.env } })
    if (isGateway) base = control.serving.gateway ?? ''
    else {
      const { child, url } = await startExpress(place.env)
      inside = child
      base = url
    }
    ana = (await control.keyWith(['customers:act:cus_Ana4Lw'])).key
    admin = (await control.keyWith(['gateway:administer', 'customers:act'])).key
  })

  afterAll(async () => {
    inside?.kill('SIGTERM')
    if (inside !== null && inside.exitCode === null) await once(inside, 'exit')
    await control?.stop()
    await api?.close()
    await world?.close()
  })

  async function ask(path: string, more: { method?: string; body?: unknown; key?: string; type?: string } = {}) {
    const { method = 'GET', body, key = ana, type = 'application/json' } = more
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const value = /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : null
    return { status: answer.status, headers: answer.headers, text, body: value }
  }

  it('shows a customer their own orders, and of those what the list names', async () => {
    const { status, body, text, headers } = await ask('/orders')
    expect(status).toBe(200)
    expect(body.items).toEqual([
      { id: LAMP, customer: 'cus_Ana4Lw', item: 'Lamp', amount: 4900, status: 'open' },
      { id: 'ord_d3Pz8RnY5c', customer: 'cus_Ana4Lw', item: 'Desk', amount: 32900, status: 'paid' },
    ])
    expect(text).not.toContain('internalNotes')
    if (isGateway) expect(headers.get('cache-control')).toBe('private, no-store')
    expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(text))
    expect((await ask(`/orders/${LAMP}`)).body).toEqual(body.items[0])
  })

  it('answers another’s order as one that does not exist, to the letter', async () => {
    const others = await ask(`/orders/${CHAIR}`)
    const none = await ask('/orders/ord_none')
    const fixed = ({ body }: typeof others) => ({ ...body, requestId: '' })
    expect(others.status).toBe(404)
    expect(others.body.code).toBe('OBJECT_NOT_FOUND')
    expect([none.status, fixed(none)]).toEqual([others.status, fixed(others)])
    const names = (answer: typeof others) => [...answer.headers.keys()].sort()
    expect(names(none)).toEqual(names(others))
  })

  it('changes nothing of another’s', async () => {
    const refused = await ask(`/orders/${CHAIR}`, { method: 'PUT', body: { status: 'cancelled' } })
    expect([refused.status, refused.body.code]).toEqual([404, 'OBJECT_NOT_FOUND'])
    expect((await ask(`/orders/${CHAIR}`, { key: admin })).body.status).toBe('shipped')
  })

  it('takes a change of the status, and refuses one of anything else by name', async () => {
    const role = await ask(`/orders/${LAMP}`, { method: 'PUT', body: { status: 'paid', role: 'admin' } })
    expect([role.status, role.body.code]).toEqual([403, 'PROPERTY_NOT_WRITABLE'])
    expect(role.body.errors).toEqual([{ path: 'role', message: 'may not be written' }])
    const paid = await ask(`/orders/${LAMP}`, { method: 'PUT', body: { status: 'paid' } })
    expect([paid.status, paid.body.status]).toEqual([200, 'paid'])
    expect(paid.text).not.toContain('internalNotes')
    expect((await ask(`/orders/${LAMP}`)).body.status).toBe('paid')
  })

  it.each([
    ['a name twice', '{"status":"paid","status":"open"}', 'application/json', 'BODY_AMBIGUOUS'],
    ['a prototype', '{"__proto__":{"status":"open"}}', 'application/json', 'PROPERTY_NOT_WRITABLE'],
    ['another case', '{"Status":"open"}', 'application/json', 'PROPERTY_NOT_WRITABLE'],
    ['half a body', '{"status":', 'application/json', 'BODY_MALFORMED'],
    ['a form', 'status=open', 'application/x-www-form-urlencoded', 'BODY_TYPE_UNSUPPORTED'],
  ])('refuses %s in a change', async (_, body, type, code) => {
    expect((await ask(`/orders/${LAMP}`, { method: 'PUT', body, type })).body.code).toBe(code)
  })

  it('keeps the functions of administrators to them', async () => {
    const refused = await ask('/admin/users')
    expect([refused.status, refused.body.code]).toEqual([403, 'LEVEL_MISSING'])
    expect((await ask('/admin/users', { key: admin })).status).toBe(404)
  })

  it('tells HEAD no more than GET', async () => {
    const head = (path: string) =>
      new Promise<{ status: number; length: string | undefined }>((resolve, reject) => {
        const asking = request(`${base}${path}`, { method: 'HEAD', headers: { 'x-api-key': ana } })
        asking.on('response', (answer) => {
          answer.resume()
          resolve({ status: answer.statusCode ?? 0, length: answer.headers['content-length'] })
        })
        asking.on('error', reject)
        asking.end()
      })
    expect((await head(`/orders/${CHAIR}`)).status).toBe(404)
    const own = await ask(`/orders/${LAMP}`)
    expect(await head(`/orders/${LAMP}`)).toEqual({ status: 200, length: String(Buffer.byteLength(own.text)) })
  })

  it('lets whoever acts for all customers see all orders, never their notes', async () => {
    const { body, text } = await ask('/orders', { key: admin })
    expect(body.items).toHaveLength(5)
    expect(text).not.toContain('internalNotes')
  })
})
