import { createServer } from 'node:http'
import { type GateOptions, type NextGuard, type NextHandler, sallyport as nextGate } from '../../../src/next.ts'
import { answerThrough } from '../web-bridge.ts'
import { ASKED, type Door, echo, HOUR, listen, RULES, stop, told } from './api.ts'

type Context = { readonly params: Promise<Readonly<Record<string, string>>> }
type Handler = NextHandler<Context>

/** The small API as route handlers of Next, each called with the request and the parameters of its folder. */
export async function openNext(kind: string, options: GateOptions): Promise<Door> {
  const gate = nextGate({ ...options, address: '127.0.0.1' })
  const known = gate.authenticate()
  const it: Handler = () => new Response('it')
  const written: Handler = async (request) => {
    const text = await request.text()
    return new Response(told(text === '' ? undefined : JSON.parse(text)))
  }
  const shown: Handler = async (request, { principal }) => {
    await request.text()
    return new Response(echo({ headers: Object.fromEntries(request.headers) }, principal.id))
  }
  const routes: readonly (readonly [at: RegExp, guards: readonly NextGuard[], handler: Handler])[] = [
    [/^\/open$/, [gate.optional()], shown],
    [/^\/forgotten$/, [gate.requireScopes('orders:read')], it],
    [/^\/slow$/, [known], () => new Promise(() => undefined)],
    [/^\/scoped$/, [known, gate.requireScopes('orders:write')], it],
    [/^\/permitted$/, [known, gate.requirePermissions('keys:read')], it],
    [/^\/limited$/, [known, gate.rateLimit(HOUR)], shown],
    [/^\/browsers$/, [gate.headers(), gate.cors(ASKED.cors), known], it],
    [/^\/shaped\//, [known, gate.shape(ASKED.shaped)], written],
    [/^\/described\//, [known, gate.openapi(ASKED.described)], written],
    [/^\/graphql/, [known, gate.graphql(ASKED.graphql)], written],
    [/^\/papers\/(?<id>.+)/, [known, gate.body('papers')], written],
    [/^\/stripped\/(?<id>.+)/, [known, gate.body('papers', { outside: 'strip' })], written],
    [/^\/documents\/(?<id>.+)/, [known, gate.requireRelation(RULES.viewed)], it],
    [/^\/told\/(?<id>.+)/, [known, gate.requireRelation(RULES.told)], it],
    [/^\/search/, [known, gate.requireRelation(RULES.searched)], it],
    [/^\/unknown\/(?<id>.+)/, [known, gate.requireRelation(RULES.unknown)], it],
    [/^\/orders\/(?<id>.+)/, [known, gate.requirePolicy(RULES.read)], it],
    [/^\/orders$/, [known, gate.requirePolicy(RULES.listed)], it],
    [/^/, [known], shown],
  ]
  const found = routes.map(([at, guards, handler]) => [at, gate.guard<Context>(guards, handler)] as const)
  const server = createServer(
    answerThrough(async (request) => {
      const { pathname } = new URL(request.url)
      const [at, route] = found.find(([form]) => form.test(pathname)) as (typeof found)[number]
      const groups = Object.entries(at.exec(pathname)?.groups ?? {})
      const params = Object.fromEntries(groups.map(([name, value]) => [name, decodeURIComponent(value)]))
      return route(request, { params: Promise.resolve(params) })
    }),
  )
  const url = await listen(server)
  return {
    name: `next, ${kind}`,
    url,
    close: async () => {
      await stop(server)
      await gate.close()
    },
  }
}
