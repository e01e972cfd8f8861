import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../core/index.ts'
import { type CommonGate, commonGate } from './common.ts'
import type { Engine } from './engine.ts'
import { createGuards } from './guards.ts'
import { heldBody } from './held-body.ts'
import { type BodyOptions, bodyGuard, type OwnerOptions, ownerGuard } from './objects.ts'
import { createReception } from './reception.ts'
import type { Answer, Arrived, Guarding } from './visit.ts'

/** The parts of Hono's context that the guards need. */
export type HonoContextLike = {
  readonly req: {
    raw: Request
    readonly routePath?: string
    param(name: string): string | undefined
    query(name: string): string | undefined
  }
  readonly env: unknown
  set(name: 'principal', principal: Principal): void
}

/** What a Hono application calls with each request. */
export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<Response | undefined>

/** The guards of a Hono application on Node. Who asks is `context.get('principal')`. */
export type HonoGate = CommonGate<HonoMiddleware> & {
  /**
   * Needs `authenticate` before it, and that the object is theirs. The owner is what `find` answers; undefined says that there
   * is no such object.
   */
  readonly requireOwner: <Context = HonoContextLike>(
    type: string,
    find: (context: Context) => unknown,
    options?: OwnerOptions,
  ) => HonoMiddleware
  /**
   * Reads a JSON body and refuses what may not be written. `context.req.json()` answers what is left. A name that comes twice can
   * be seen only here: a parser keeps one of them.
   */
  readonly body: (type: string, options?: BodyOptions) => HonoMiddleware
}

/** Makes the guards of a Hono 4 application that `@hono/node-server` serves. */
export function createHonoGate(engine: Engine): HonoGate {
  const reception = createReception(engine)
  const guards = createGuards(engine)

  function middlewareFor(guardingOf: (context: HonoContextLike) => Guarding): HonoMiddleware {
    return async (context, next) => {
      const { incoming, outgoing } = wireOf(context)
      const before = heldBody(incoming)
      const outcome = await reception.ask(arrivedOf(context, incoming, outgoing), guardingOf(context))
      if (outcome.is === 'over') return answerOf(incoming)
      tidy(context.req.raw, incoming)
      const held = heldBody(incoming)
      // What was read once and put back the server takes for used up.
      if (held !== undefined && held !== before) context.req.raw = withBody(context.req.raw, held.bytes)
      if (outcome.principal !== null) context.set('principal', outcome.principal)
      await next()
      return undefined
    }
  }

  const middleware = (guarding: Guarding) => middlewareFor(() => guarding)

  return Object.freeze({
    ...commonGate(engine, guards, middleware, middleware),
    requireOwner: <Context>(type: string, find: (context: Context) => unknown, options: OwnerOptions = {}) =>
      middlewareFor((context) => ownerGuard(type, () => find(context as Context), options)),
    body: (type: string, options: BodyOptions = {}) =>
      middlewareFor(({ req }) =>
        bodyGuard(type, options, (bytes) => {
          req.raw = withBody(req.raw, bytes)
        }),
      ),
  })
}

type Wire = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }

// A `fetch` request tells neither its connection nor how its headers stood, and on those the guards decide.
function wireOf({ env }: HonoContextLike): Wire {
  const { incoming, outgoing } = (env ?? {}) as Partial<Wire>
  if (incoming !== undefined && outgoing !== undefined) return { incoming, outgoing }
  throw new Error('sallyport/hono guards applications that @hono/node-server serves: there is no connection here')
}

const answers = new WeakMap<IncomingMessage, Answer>()

function arrivedOf({ req }: HonoContextLike, incoming: IncomingMessage, response: ServerResponse): Arrived {
  return {
    incoming,
    response,
    target: incoming.url ?? '',
    route: () => req.routePath ?? null,
    parameter: (from, name) => (from === 'path' ? req.param(name) : req.query(name)),
    write: (answer) => void answers.set(incoming, answer),
  }
}

// As an answer of the application, so that what stands around the guard still sees it and adds its headers.
function answerOf(incoming: IncomingMessage): Response {
  const answer = answers.get(incoming)
  // It was answered otherwise, or nobody is there any more: the server must not answer by itself.
  if (answer === undefined) return new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
  const { status, lines, body } = answer
  const headers = new Headers()
  for (let i = 0; i < lines.length; i += 2) headers.append(lines[i] as string, lines[i + 1] as string)
  return new Response(body.length === 0 ? null : new Uint8Array(body), { status, headers })
}

// Headers that were looked at before the guard are a copy of their own.
function tidy({ headers }: Request, incoming: IncomingMessage): void {
  for (const name of [...headers.keys()]) {
    const left = incoming.headers[name]
    if (left === undefined) headers.delete(name)
    else if (name === 'cookie' && headers.get(name) !== left) headers.set(name, String(left))
  }
}

function withBody(raw: Request, bytes: Buffer): Request {
  const { url, method, headers } = raw
  const body = bytes.length === 0 || method === 'GET' || method === 'HEAD' ? null : new Uint8Array(bytes)
  return new Request(url, { method, headers, body })
}
