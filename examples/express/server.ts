import express from 'express'
import { sallyport } from 'sallyport/express'

// Against a server when one is named, else on the store in `.sallyport`, which the commands use too.
const { SALLYPORT_SERVER, SALLYPORT_KEY = '', PORT = '3000' } = process.env
const gate = sallyport(
  SALLYPORT_SERVER === undefined ? { embedded: true } : { url: SALLYPORT_SERVER, key: SALLYPORT_KEY },
)
const app = express()

app.get('/health', (_, response) => {
  response.json({ status: 'ok' })
})

app.get('/offers', gate.optional(), gate.rateLimit({ by: 'address', max: 60, per: 'minute' }), (request, response) => {
  response.json({ offers: [], for: request.principal?.kind })
})

const orders = express.Router()
orders.use(gate.authenticate())
orders.get('/', gate.requireScopes('orders:read'), (request, response) => {
  response.json({ orders: [], for: request.principal?.id })
})
orders.post('/', gate.requireScopes('orders:write'), express.json(), (request, response) => {
  response.status(201).json({ order: request.body })
})
app.use('/orders', orders)

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
