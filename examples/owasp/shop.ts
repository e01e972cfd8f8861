import { gunzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { createOrdersApi } from '../orders-api/app.ts'
import { type Order, sampleOrders } from '../orders-api/orders.ts'
import { answerGraphql } from './graph.ts'
import type { Outside } from './outside.ts'

const PASSWORDS: Readonly<Record<string, string>> = { 'ana@example.com': 'dragon' }

/**
 * The sample orders API, and around it what shops do: each route has a mistake that is made every day. Nothing here
 * protects anything, but for how it asks others, which is handed in.
 */
export function createShop(outside: Outside): FastifyInstance {
  const app = createOrdersApi()
  const orders = sampleOrders()
  saysTooMuch(app)
  believesEverybody(app)
  hasNoBounds(app)
  sellsToAnybody(app)
  forgetsWhatIsThere(app, orders)
  asksOthers(app, outside)
  return app
}

function believesEverybody(app: FastifyInstance): void {
  // Read, and never verified.
  app.get('/me', (request) => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return { id: request.headers['x-principal-id'] ?? (JSON.parse(payload || '{}') as { sub?: string }).sub }
  })

  app.post<{ Body: { email: string; password: string } }>('/sign-in', async (request, reply) => {
    const { email, password } = request.body
    return PASSWORDS[email] === password ? { welcome: email } : reply.code(401).send({ error: 'no' })
  })

  app.patch<{ Params: { id: string }; Body: Partial<Order> }>('/orders/:id', async (request) => {
    const order = sampleOrders().get(request.params.id)
    return { ...order, ...request.body }
  })

  app.get('/admin/customers', () => [...new Set([...sampleOrders().values()].map(({ customer }) => customer))])
}

function hasNoBounds(app: FastifyInstance): void {
  app.get<{ Querystring: { limit?: string } }>('/search', ({ query }) => {
    const many = Math.min(Number(query.limit ?? 20), 100_000)
    return { items: Array.from({ length: many }, (_, i) => ({ id: i })) }
  })

  app.register(async (scope) => {
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.post<{ Body: Buffer }>('/import', ({ headers, body }) => {
      const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      return { read: text.length }
    })
  })

  app.post<{ Body: { query: string } }>('/graphql', ({ body }) => answerGraphql(body.query))
}

function sellsToAnybody(app: FastifyInstance): void {
  const bought = new Map<string, number>()
  app.post<{ Params: { item: string } }>('/items/:item/purchases', ({ params: { item } }) => {
    const count = (bought.get(item) ?? 0) + 1
    bought.set(item, count)
    return { item, bought: count }
  })
}

function saysTooMuch(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-powered-by', 'shop/1.0 (node 12)')
    const { origin } = request.headers
    if (origin === undefined) return
    reply.header('access-control-allow-origin', origin).header('access-control-allow-credentials', 'true')
  })

  app.get('/crash', (_, reply) => {
    const stack = 'SqliteError: no such column: prise\n    at Database.prepare (/srv/shop/orders.js:12:7)'
    return reply.code(500).send({ error: stack, host: 'db-1.shop.internal' })
  })

  app.get('/status', () => ({ ok: true, storage: `AKIA${'QWERTYUIOPASDFGH'}`, lastCard: '4111 1111 1111 1111' }))
}

function forgetsWhatIsThere(app: FastifyInstance, orders: Map<string, Order>): void {
  app.get('/v0/orders', () => [...orders.values()])
  app.get('/internal/dump', () => ({ customers: [...orders.values()] }))
  app.delete<{ Params: { id: string } }>('/orders/:id', ({ params }) => ({ deleted: orders.delete(params.id) }))
}

function asksOthers(app: FastifyInstance, outside: Outside): void {
  app.post<{ Body: { url: string } }>('/preview', async ({ body }, reply) => {
    const { status, text } = await outside.preview(body.url)
    return reply.code(status).send(text)
  })

  app.get<{ Params: { parcel: string } }>('/shipping/:parcel', ({ params }) => outside.parcel(params.parcel))
}
