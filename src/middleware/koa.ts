import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CommonGate, commonGate } from './common.ts'
import type { Engine } from './engine.ts'
import { createGuards } from './guards.ts'
import { ownOf } from './named.ts'
import { type BodyOptions, bodyGuard, bodyValue, type OwnerOptions, ownerGuard } from './objects.ts'
import { createReception } from './reception.ts'
import type { Answer, Arrived, Guarding } from './visit.ts'

/** The parts of Koa's context that the guards need. `params` and `_matchedRoute` are what routers add. */
export type KoaContextLike = {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly request: object
  readonly originalUrl: string
  readonly query: unknown
  readonly params?: unknown
  readonly _matchedRoute?: unknown
  readonly state: object
  readonly set: (name: string, value: string[]) => void
  status: number
  body: unknown
  respond?: boolean | undefined
}

/** What a Koa application calls with each request. */
export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

/** The guards of a Koa application. Who asks stands in `context.state.principal`. */
export type KoaGate = CommonGate<KoaMiddleware> & {
  /**
   * Needs `authenticate` before it, and that the object is theirs. The owner is what `find` answers; undefined says that there
   * is no such object.
   */
  readonly requireOwner: <Context = KoaContextLike>(
    type: string,
    find: (context: Context) => unknown,
    options?: OwnerOptions,
  ) => KoaMiddleware
  /**
   * Reads a JSON body into `context.request.body`, in place of a body parser, and refuses what may not be written. A name that
   * comes twice can be seen only here: a parser keeps one of them.
   */
  readonly body: (type: string, options?: BodyOptions) => KoaMiddleware
}

/** Makes the guards of a Koa 3 application. */
export function createKoaGate(engine: Engine): KoaGate {
  const reception = createReception(engine)
  const guards = createGuards(engine)

  function middlewareFor(guardingOf: (context: KoaContextLike) => Guarding): KoaMiddleware {
    return async (context, next) => {
      const outcome = await reception.ask(arrivedOf(context), guardingOf(context))
      if (outcome.is === 'passed') {
        if (outcome.principal !== null) Object.assign(context.state, { principal: outcome.principal })
        await next()
        return
      }
      // Answered otherwise, or nobody is there any more: what Koa would answer by itself is no answer.
      if (!answered.has(context.req)) context.respond = false
    }
  }

  const middleware = (guarding: Guarding) => middlewareFor(() => guarding)

  return Object.freeze({
    ...commonGate(engine, guards, middleware, middleware),
    requireOwner: <Context>(type: string, find: (context: Context) => unknown, options: OwnerOptions = {}) =>
      middlewareFor((context) => ownerGuard(type, () => find(context as Context), options)),
    body: (type: string, options: BodyOptions = {}) =>
      middlewareFor(({ request }) =>
        bodyGuard(type, options, (bytes) => void Object.assign(request, { body: bodyValue(bytes) })),
      ),
  })
}

const answered = new WeakSet<IncomingMessage>()

function arrivedOf(context: KoaContextLike): Arrived {
  return {
    incoming: context.req,
    response: context.res,
    target: context.originalUrl,
    route: () => (typeof context._matchedRoute === 'string' ? context._matchedRoute : null),
    parameter: (from, name) => ownOf(from === 'path' ? context.params : context.query, name),
    write: (answer) => writeContext(context, answer),
  }
}

// Through Koa's own context, so that what stands around the guard still sees the answer and adds its headers.
function writeContext(context: KoaContextLike, { status, lines, body }: Answer): void {
  answered.add(context.req)
  const fields = new Map<string, string[]>()
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string
    fields.set(name, [...(fields.get(name) ?? []), lines[i + 1] as string])
  }
  context.status = status
  for (const [name, values] of fields) context.set(name, values)
  context.body = body
}
