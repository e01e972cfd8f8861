import { createServer } from 'node:http'
import express from 'express'
import { sallyport as expressGate, type GateOptions } from '../../../src/express.ts'
import { ASKED, type Door, echo, HOUR, listen, RULES, stop, told } from './api.ts'

/** The small API as an Express application. */
export async function openExpress(kind: string, options: GateOptions): Promise<Door> {
  const gate = expressGate(options)
  const app = express()
  app.get('/open', gate.optional(), (incoming, response) => {
    response.end(echo(incoming, incoming.principal?.id))
  })
  app.get('/forgotten', gate.requireScopes('orders:read'), (_, response) => void response.end())
  app.use('/browsers', gate.headers(), gate.cors(ASKED.cors))
  app.use(gate.authenticate())
  app.get('/browsers', (_, response) => void response.end('it'))
  app.put('/shaped/:id', gate.shape(ASKED.shaped), express.json(), ({ body }, to) => void to.end(told(body)))
  app.put('/described/:id', gate.openapi(ASKED.described), express.json(), ({ body }, to) => void to.end(told(body)))
  app.all('/graphql', gate.graphql(ASKED.graphql), express.json(), ({ body }, to) => void to.end(told(body)))
  app.get('/slow', () => undefined)
  app.use('/scoped', gate.requireScopes('orders:write'))
  app.use('/permitted', gate.requirePermissions('keys:read'))
  app.use('/limited', gate.rateLimit(HOUR))
  app.put('/papers/:id', gate.body('papers'), ({ body }, response) => void response.end(told(body)))
  app.put(
    '/stripped/:id',
    gate.body('papers', { outside: 'strip' }),
    ({ body }, response) => void response.end(told(body)),
  )
  app.get('/documents/:id', gate.requireRelation(RULES.viewed), (_, response) => void response.end('it'))
  app.get('/told/:id', gate.requireRelation(RULES.told), (_, response) => void response.end('it'))
  app.get('/search', gate.requireRelation(RULES.searched), (_, response) => void response.end('it'))
  app.get('/unknown/:id', gate.requireRelation(RULES.unknown), (_, response) => void response.end('it'))
  app.get('/orders/:id', gate.requirePolicy(RULES.read), (_, response) => void response.end('it'))
  app.get('/orders', gate.requirePolicy(RULES.listed), (_, response) => void response.end('it'))
  app.use((incoming, response) => {
    incoming.resume().on('end', () => response.end(echo(incoming, incoming.principal?.id)))
  })
  const server = createServer(app)
  const url = await listen(server)
  return {
    name: `express, ${kind}`,
    url,
    close: async () => {
      await stop(server)
      await gate.close()
    },
  }
}
