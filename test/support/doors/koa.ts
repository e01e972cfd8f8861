import { createServer } from 'node:http'
import Koa from 'koa'
import { type GateOptions, type KoaMiddleware, sallyport as koaGate } from '../../../src/koa.ts'
import { ASKED, type Door, echo, HOUR, listen, RULES, stop, told, toldOf } from './api.ts'

type Handler = (context: Koa.Context) => unknown

/** The small API as a Koa application, which has no router of its own. */
export async function openKoa(kind: string, options: GateOptions): Promise<Door> {
  const gate = koaGate(options)
  const app = new Koa()
  const known = gate.authenticate()
  const it: Handler = (context) => (context.body = 'it')
  const written: Handler = ({ request, response }) => (response.body = told(Reflect.get(request, 'body')))
  const sent: Handler = async (context) => {
    context.body = toldOf(await context.req.toArray())
  }
  const shown: Handler = async (context) => {
    await context.req.resume().toArray()
    context.body = echo(context.req, context.state.principal?.id)
  }
  const routes: readonly (readonly [at: RegExp, guards: readonly KoaMiddleware[], handler: Handler])[] = [
    [/^\/open$/, [gate.optional()], shown],
    [/^\/forgotten$/, [gate.requireScopes('orders:read')], it],
    [/^\/slow$/, [known], () => new Promise(() => undefined)],
    [/^\/scoped$/, [known, gate.requireScopes('orders:write')], it],
    [/^\/permitted$/, [known, gate.requirePermissions('keys:read')], it],
    [/^\/limited$/, [known, gate.rateLimit(HOUR)], shown],
    [/^\/browsers$/, [gate.headers(), gate.cors(ASKED.cors), known], it],
    [/^\/shaped\//, [known, gate.shape(ASKED.shaped)], sent],
    [/^\/described\//, [known, gate.openapi(ASKED.described)], sent],
    [/^\/graphql/, [known, gate.graphql(ASKED.graphql)], sent],
    [/^\/papers\/(?<id>.+)/, [known, gate.body('papers')], written],
    [/^\/stripped\/(?<id>.+)/, [known, gate.body('papers', { outside: 'strip' })], written],
    [/^\/documents\//, [known, gate.requireRelation({ ...RULES.viewed, path: '/documents/{id}' })], it],
    [/^\/told\/(?<id>.+)/, [known, gate.requireRelation(RULES.told)], it],
    [/^\/search/, [known, gate.requireRelation(RULES.searched)], it],
    [/^\/unknown\/(?<id>.+)/, [known, gate.requireRelation(RULES.unknown)], it],
    [/^\/orders\/(?<id>.+)/, [known, gate.requirePolicy(RULES.read)], it],
    [/^\/orders$/, [known, gate.requirePolicy(RULES.listed)], it],
    [/^/, [known], shown],
  ]
  app.use(async (context) => {
    const [at, guards, handler] = routes.find(([form]) => form.test(context.path)) as (typeof routes)[number]
    // What a router leaves.
    context.params = Object.fromEntries(
      Object.entries(at.exec(context.path)?.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    )
    const next = async (i: number): Promise<void> => {
      const guard = guards[i]
      if (guard === undefined) await handler(context)
      else await guard(context, () => next(i + 1))
    }
    await next(0)
  })
  const server = createServer(app.callback())
  const url = await listen(server)
  return {
    name: `koa, ${kind}`,
    url,
    close: async () => {
      await stop(server)
      await gate.close()
    },
  }
}
