import Fastify from 'fastify'
import { sallyport as fastifyGate, type GateOptions } from '../../../src/fastify.ts'
import { ASKED, type Door, echo, HOUR, RULES, told } from './api.ts'

/** The small API as a Fastify application. */
export async function openFastify(kind: string, options: GateOptions): Promise<Door> {
  const gate = fastifyGate(options)
  const app = Fastify({ routerOptions: { maxParamLength: 10_000 } })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => void payload.resume().on('end', () => done(null)))
  await app.register(gate.plugin)
  const known = gate.authenticate()
  app.get('/open', { onRequest: gate.optional() }, async (incoming) => echo(incoming.raw, incoming.principal.id))
  app.get('/forgotten', { preHandler: gate.requireScopes('orders:read') }, async () => '')
  app.get('/slow', { onRequest: known }, () => new Promise(() => undefined))
  app.get('/scoped', { preHandler: [known, gate.requireScopes('orders:write')] }, async () => '')
  app.get('/permitted', { preHandler: [known, gate.requirePermissions('keys:read')] }, async () => '')
  app.get('/limited', { preHandler: [known, gate.rateLimit(HOUR)] }, async () => '')
  // As an application has it that parses JSON.
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'))
    const strip = gate.body('papers', { outside: 'strip' })
    scope.put('/shaped/:id', { onRequest: [known, gate.shape(ASKED.shaped)] }, async ({ body }) => told(body))
    scope.put('/described/:id', { onRequest: [known, gate.openapi(ASKED.described)] }, async ({ body }) => told(body))
    scope.all('/graphql', { onRequest: [known, gate.graphql(ASKED.graphql)] }, async ({ body }) => told(body))
    scope.put('/papers/:id', { onRequest: known, preParsing: gate.body('papers') }, async ({ body }) => told(body))
    scope.put('/stripped/:id', { onRequest: known, preParsing: strip }, async ({ body }) => told(body))
  })
  // Fastify asks the hooks of a scope about paths of its own alone, so that preflights need a route.
  const browsers = [gate.headers(), gate.cors(ASKED.cors), known]
  app.route({ method: ['GET', 'OPTIONS'], url: '/browsers', onRequest: browsers, handler: async () => 'it' })
  app.get('/documents/:id', { preHandler: [known, gate.requireRelation(RULES.viewed)] }, async () => 'it')
  app.get('/told/:id', { onRequest: [known, gate.requireRelation(RULES.told)] }, async () => 'it')
  app.get('/search', { onRequest: [known, gate.requireRelation(RULES.searched)] }, async () => 'it')
  app.get('/unknown/:id', { onRequest: [known, gate.requireRelation(RULES.unknown)] }, async () => 'it')
  app.get('/orders/:id', { onRequest: [known, gate.requirePolicy(RULES.read)] }, async () => 'it')
  app.get('/orders', { onRequest: [known, gate.requirePolicy(RULES.listed)] }, async () => 'it')
  // A scope of its own, which must see what the plugin brings.
  await app.register(async (scope) => {
    scope.all('/*', { onRequest: known }, async (incoming) => echo(incoming.raw, incoming.principal.id))
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    name: `fastify, ${kind}`,
    url,
    close: async () => {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}
