// The orders of the sample API with the rules of examples/orders-api/sallyport.yaml, as guards inside the application.
import express from 'express'
import { sallyport } from 'sallyport/express'
import { sampleOrders } from '../orders-api/orders.ts'

const properties = {
  orders: {
    owner: { property: 'customer', as: 'customers:act' },
    audiences: {
      owner: { readable: ['id', 'customer', 'item', 'amount', 'status'], writable: ['status'] },
    },
  },
}

const { SALLYPORT_SERVER, SALLYPORT_KEY = '', PORT = '3000' } = process.env
const gate = sallyport(
  SALLYPORT_SERVER === undefined
    ? { embedded: true, config: { access: { properties } } }
    : { url: SALLYPORT_SERVER, key: SALLYPORT_KEY, properties },
)
const orders = sampleOrders()
const app = express()

const theirs = gate.requireOwner('orders', (request) => orders.get(request.params.id ?? '')?.customer)

app.use(gate.authenticate())

app.get('/orders', async (request, response) => {
  const all = { items: [...orders.values()] }
  response.json(await gate.filter('orders', all, request.principal, { at: 'items[]', onlyTheirs: true }))
})

app.get('/orders/:id', theirs, async (request, response) => {
  response.json(await gate.filter('orders', orders.get(String(request.params.id)), request.principal))
})

app.put('/orders/:id', theirs, gate.body('orders', { theirs: true }), async (request, response) => {
  const order = orders.get(String(request.params.id))
  if (order !== undefined) Object.assign(order, request.body)
  response.json(await gate.filter('orders', order, request.principal))
})

app.use('/admin', gate.requireLevel('admin'))

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address()
  console.log(`orders on http://127.0.0.1:${typeof address === 'object' ? address?.port : PORT}`)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => void gate.close())
    server.closeIdleConnections()
  })
}
