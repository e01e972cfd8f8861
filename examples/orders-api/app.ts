import Fastify, { type FastifyInstance } from 'fastify'
import { type Order, sampleOrders } from './orders.ts'

/**
 * A small API without any protection of its own: it trusts whoever reaches it. It stands behind the gateway, which tells
 * it who is asking in `X-Principal-*`.
 */
export function createOrdersApi(): FastifyInstance {
  const app = Fastify()
  const orders = sampleOrders()

  app.get<{ Querystring: { customer?: string } }>('/orders', async (request) => {
    const { customer } = request.query
    const all = [...orders.values()]
    return { items: customer === undefined ? all : all.filter((order) => order.customer === customer) }
  })

  app.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
    const order = orders.get(request.params.id)
    return order ?? reply.code(404).send({ error: 'no such order' })
  })

  app.put<{ Params: { id: string }; Body: Pick<Order, 'status'> }>('/orders/:id', async (request, reply) => {
    const order = orders.get(request.params.id)
    if (order === undefined) return reply.code(404).send({ error: 'no such order' })
    order.status = request.body.status
    return order
  })

  app.get('/whoami', async (request) => ({
    id: request.headers['x-principal-id'] ?? null,
    kind: request.headers['x-principal-kind'] ?? null,
    scopes: request.headers['x-principal-scopes'] ?? null,
  }))

  app.get('/health', async () => ({ status: 'ok' }))

  return app
}
