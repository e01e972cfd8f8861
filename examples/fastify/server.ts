import Fastify from 'fastify'
import { sallyport } from 'sallyport/fastify'

// Against a server when one is named, else on the store in `.sallyport`, which the commands use too.
const { SALLYPORT_SERVER, SALLYPORT_KEY = '', PORT = '3000' } = process.env
const gate = sallyport(
  SALLYPORT_SERVER === undefined ? { embedded: true } : { url: SALLYPORT_SERVER, key: SALLYPORT_KEY },
)
const app = Fastify()
await app.register(gate.plugin)

app.get('/health', async () => ({ status: 'ok' }))

const seldom = gate.rateLimit({ by: 'address', max: 60, per: 'minute' })
app.get('/offers', { onRequest: [gate.optional(), seldom] }, async (request) => {
  return { offers: [], for: request.principal.kind }
})

// In `onRequest`, before a body is read: nobody makes the application read what they may not send.
await app.register(
  async (orders) => {
    orders.addHook('onRequest', gate.authenticate())
    orders.get('/', { onRequest: gate.requireScopes('orders:read') }, async (request) => {
      return { orders: [], for: request.principal.id }
    })
    orders.post('/', { onRequest: gate.requireScopes('orders:write') }, async (request, reply) => {
      return reply.code(201).send({ order: request.body })
    })
  },
  { prefix: '/orders' },
)

console.log(`orders on ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })}`)

// Closing the application closes the gate, which writes what is still in memory.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close())
