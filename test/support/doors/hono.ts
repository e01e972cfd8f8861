import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { type GateOptions, sallyport as honoGate } from '../../../src/hono.ts'
import { ASKED, type Door, echo, HOUR, listen, RULES, stop, told } from './api.ts'

/** The small API as a Hono application. */
export async function openHono(kind: string, options: GateOptions): Promise<Door> {
  const gate = honoGate(options)
  const app = new Hono()
  const strip = gate.body('papers', { outside: 'strip' })
  const seen = ({ headers }: Request) => ({ headers: Object.fromEntries(headers) })
  // Looks at the headers before any guard does, as a logger would.
  app.use(async (context, next) => {
    context.req.header('accept')
    await next()
  })
  app.get('/open', gate.optional(), (context) => context.body(echo(seen(context.req.raw), context.get('principal').id)))
  app.get('/forgotten', gate.requireScopes('orders:read'), (context) => context.body(''))
  app.use('/browsers', gate.headers(), gate.cors(ASKED.cors))
  app.use(gate.authenticate())
  app.get('/browsers', (context) => context.body('it'))
  app.put('/shaped/:id', gate.shape(ASKED.shaped), async (context) => context.body(await toldOf(context.req.raw)))
  app.put('/described/:id', gate.openapi(ASKED.described), async ({ req, body }) => body(await toldOf(req.raw)))
  app.all('/graphql', gate.graphql(ASKED.graphql), async (context) => context.body(await toldOf(context.req.raw)))
  app.get('/slow', () => new Promise<Response>(() => undefined))
  app.use('/scoped', gate.requireScopes('orders:write'))
  app.use('/permitted', gate.requirePermissions('keys:read'))
  app.use('/limited', gate.rateLimit(HOUR))
  app.put('/papers/:id', gate.body('papers'), async (context) => context.body(await toldOf(context.req.raw)))
  app.put('/stripped/:id', strip, async (context) => context.body(await toldOf(context.req.raw)))
  app.get('/documents/:id', gate.requireRelation(RULES.viewed), (context) => context.body('it'))
  app.get('/told/:id', gate.requireRelation(RULES.told), (context) => context.body('it'))
  app.get('/search', gate.requireRelation(RULES.searched), (context) => context.body('it'))
  app.get('/unknown/:id', gate.requireRelation(RULES.unknown), (context) => context.body('it'))
  app.get('/orders/:id', gate.requirePolicy(RULES.read), (context) => context.body('it'))
  app.get('/orders', gate.requirePolicy(RULES.listed), (context) => context.body('it'))
  app.all('*', async (context) => {
    await context.req.text()
    return context.body(echo(seen(context.req.raw), context.get('principal').id))
  })
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  const url = await listen(server)
  return {
    name: `hono, ${kind}`,
    url,
    close: async () => {
      await stop(server)
      await gate.close()
    },
  }
}

async function toldOf(request: Request): Promise<string> {
  const text = await request.text()
  return told(text === '' ? undefined : JSON.parse(text))
}
