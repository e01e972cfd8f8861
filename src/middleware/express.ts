import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../core/index.ts'
import type { Engine, RateLimit } from './engine.ts'
import { createGuards } from './guards.ts'
import { createReception } from './reception.ts'
import type { Arrived, Guarding, Outcome } from './visit.ts'
import { writeAnswer } from './write.ts'

/** What an Express application calls with each request. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** The guards of an Express application. */
export type ExpressGate = {
  /**
   * Lets only requests with a valid API key through, and puts `request.principal` on them. Everybody else gets the
   * problem that the gateway would answer.
   */
  readonly authenticate: () => ExpressMiddleware
  /** As `authenticate`, but whoever shows no credential is anonymous. A bad credential is refused all the same. */
  readonly optional: () => ExpressMiddleware
  /** Needs `authenticate` or `optional` before it, and every one of these scopes. @throws TypeError for none */
  readonly requireScopes: (...scopes: string[]) => ExpressMiddleware
  /** Needs `authenticate` or `optional` before it, and every one of these permissions. @throws TypeError for none */
  readonly requirePermissions: (...permissions: string[]) => ExpressMiddleware
  /** Lets so many requests through in a window. @throws RangeError for a limit that could not be enforced as it reads */
  readonly rateLimit: (limit: RateLimit) => ExpressMiddleware
  /** Resolves when requests can be judged; rejects with what keeps it from that. */
  readonly ready: () => Promise<void>
  /** Writes what is in memory and closes what the gate opened. Requests that come later are refused. */
  readonly close: () => Promise<void>
}

type ExpressRequest = IncomingMessage & {
  readonly originalUrl?: string
  readonly baseUrl?: string
  readonly route?: { readonly path?: unknown }
  principal?: Principal
}

/** Makes the guards of an Express 5 application. */
export function createExpressGate(engine: Engine): ExpressGate {
  const reception = createReception(engine)
  const guards = createGuards(engine)

  function middleware(guarding: Guarding): ExpressMiddleware {
    return (request: ExpressRequest, response, next) => {
      const go = (outcome: Outcome) => {
        if (outcome.is === 'over') return
        if (outcome.principal !== null) request.principal = outcome.principal
        next()
      }
      const outcome = reception.ask(arrivedOf(request, response), guarding)
      // What the application throws later must not be taken for a failure of the guard.
      if (outcome instanceof Promise) outcome.then((late) => setImmediate(go, late))
      else go(outcome)
    }
  }

  return Object.freeze({
    authenticate: () => middleware(guards.authenticate()),
    optional: () => middleware(guards.optional()),
    requireScopes: (...scopes: string[]) => middleware(guards.requireScopes(...scopes)),
    requirePermissions: (...permissions: string[]) => middleware(guards.requirePermissions(...permissions)),
    rateLimit: (limit: RateLimit) => middleware(guards.rateLimit(limit)),
    ready: engine.ready,
    close: engine.close,
  })
}

function arrivedOf(incoming: ExpressRequest, response: ServerResponse): Arrived {
  return {
    incoming,
    response,
    target: incoming.originalUrl ?? incoming.url ?? '',
    route: () => {
      const path = incoming.route?.path
      return typeof path === 'string' ? (incoming.baseUrl ?? '') + path : null
    },
    write: (answer) => writeAnswer(response, answer),
  }
}
