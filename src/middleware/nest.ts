import { IncomingMessage, ServerResponse } from 'node:http'
import { type CommonGate, commonGate } from './common.ts'
import type { Engine } from './engine.ts'
import {
  arrivedOf,
  type ExpressMiddleware,
  type ExpressRequest,
  expressMiddleware,
  type ObjectRequest,
} from './express.ts'
import { createGuards } from './guards.ts'
import { type BodyOptions, bodyGuard, bodyValue, type OwnerOptions, ownerGuard } from './objects.ts'
import { createReception } from './reception.ts'
import type { Guarding, Outcome } from './visit.ts'

/** The parts of Nest's execution context that the guards need. */
export type NestContextLike = {
  readonly getType: () => string
  readonly switchToHttp: () => { readonly getRequest: () => unknown; readonly getResponse: () => unknown }
}

/** What `UseGuards` and `useGlobalGuards` take. */
export type NestGuard = { readonly canActivate: (context: NestContextLike) => boolean | Promise<boolean> }

/**
 * The guards of a Nest application on the Express platform. Who asks is `request.principal`. `cors` and `headers` are for
 * `app.use`: Nest asks its own guards only where it found a handler, and a preflight has none.
 */
export type NestGate = CommonGate<NestGuard, ExpressMiddleware> & {
  /**
   * Needs `authenticate` before it, and that the object is theirs. The owner is what `find` answers of the platform's request;
   * undefined says that there is no such object.
   */
  readonly requireOwner: <Request = ObjectRequest>(
    type: string,
    find: (request: Request) => unknown,
    options?: OwnerOptions,
  ) => NestGuard
  /**
   * Reads a JSON body into `request.body`, in place of Nest's own parser (`bodyParser: false`), and refuses what may not be
   * written. A name that comes twice can be seen only here: a parser keeps one of them.
   */
  readonly body: (type: string, options?: BodyOptions) => NestGuard
}

/** Makes the guards of a Nest 11 or 12 application on the Express platform. */
export function createNestGate(engine: Engine): NestGate {
  const reception = createReception(engine)
  const guards = createGuards(engine)

  function guardFor(guardingOf: (request: ExpressRequest) => Guarding): NestGuard {
    const canActivate: NestGuard['canActivate'] = (context) => {
      const { request, response } = wireOf(context)
      const outcome = reception.ask(arrivedOf(request, response), guardingOf(request))
      return outcome instanceof Promise ? outcome.then((late) => goOn(request, late)) : goOn(request, outcome)
    }
    return Object.freeze({ canActivate })
  }

  return Object.freeze({
    ...commonGate(
      engine,
      guards,
      (guarding) => guardFor(() => guarding),
      (guarding) => expressMiddleware(reception, () => guarding),
    ),
    requireOwner: <Request>(type: string, find: (request: Request) => unknown, options: OwnerOptions = {}) =>
      guardFor((request) => ownerGuard(type, () => find(request as Request), options)),
    body: (type: string, options: BodyOptions = {}) =>
      guardFor((request) =>
        bodyGuard(type, options, (bytes) => void Object.assign(request, { body: bodyValue(bytes) })),
      ),
  })
}

type Wire = { readonly request: ExpressRequest; readonly response: ServerResponse }

// A message of a queue or of a socket passes the same global guards, and says nothing of what they judge by.
function wireOf(context: NestContextLike): Wire {
  if (context.getType() !== 'http') throw new Error(`sallyport/nest guards HTTP, and not "${context.getType()}"`)
  const http = context.switchToHttp()
  const [request, response] = [http.getRequest(), http.getResponse()]
  if (request instanceof IncomingMessage && response instanceof ServerResponse) return { request, response }
  throw new Error('sallyport/nest guards Nest on the Express platform; on Fastify use the hooks of sallyport/fastify')
}

function goOn(request: ExpressRequest, outcome: Outcome): boolean | Promise<boolean> {
  // Of a `false` Nest would make an exception, and the application's filters an answer to what was answered already.
  if (outcome.is === 'over') return new Promise<never>(() => undefined)
  if (outcome.principal !== null) request.principal = outcome.principal
  return true
}
