import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../core/index.ts'
import { type RuleGate, ruleGate } from './common.ts'
import type { CallerLevel, Engine, PolicyRule, RateLimit, RelationRule } from './engine.ts'
import { createGuards } from './guards.ts'
import { ownOf } from './named.ts'
import {
  type BodyOptions,
  bodyGuard,
  bodyValue,
  type OwnerOptions,
  ownerGuard,
  type VisibleOptions,
  visibleOf,
} from './objects.ts'
import { createReception, type Reception } from './reception.ts'
import type { Arrived, Guarding, Outcome } from './visit.ts'
import { writeAnswer } from './write.ts'

/** What an Express application calls with each request. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** The guards of an Express application. */
export type ExpressGate = RuleGate<ExpressMiddleware> & {
  /**
   * Lets only requests with a good credential through, and puts `request.principal` on them. Everybody else gets the
   * problem that the gateway would answer.
   */
  readonly authenticate: () => ExpressMiddleware
  /** As `authenticate`, but whoever shows no credential is anonymous. A bad credential is refused all the same. */
  readonly optional: () => ExpressMiddleware
  /** Needs `authenticate` or `optional` before it, and every one of these scopes. @throws TypeError for none */
  readonly requireScopes: (...scopes: string[]) => ExpressMiddleware
  /** Needs `authenticate` or `optional` before it, and every one of these permissions. @throws TypeError for none */
  readonly requirePermissions: (...permissions: string[]) => ExpressMiddleware
  /** Needs `authenticate` or `optional` before it, and every one of these roles. @throws TypeError for none */
  readonly requireRoles: (...roles: string[]) => ExpressMiddleware
  /** Needs `authenticate` before it, and a caller of this level. @throws TypeError for a level that there is not */
  readonly requireLevel: (level: CallerLevel) => ExpressMiddleware
  /**
   * Needs `authenticate` before it, and that the object is theirs. The owner is what `find` answers; undefined says that there
   * is no such object.
   */
  readonly requireOwner: <Request = ObjectRequest>(
    type: string,
    find: (request: Request) => unknown,
    options?: OwnerOptions,
  ) => ExpressMiddleware
  /** Needs `authenticate` before it, and that the caller has the relation to the object. @throws TypeError for a rule that is none */
  readonly requireRelation: (rule: RelationRule) => ExpressMiddleware
  /** Needs `authenticate` before it, and that policies, permissions and relations together allow it. @throws TypeError for a rule that is none */
  readonly requirePolicy: (rule: PolicyRule) => ExpressMiddleware
  /**
   * Reads a JSON body into `request.body`, in place of `express.json()`, and refuses what may not be written. A name that comes
   * twice can be seen only here: a parser keeps one of them.
   */
  readonly body: (type: string, options?: BodyOptions) => ExpressMiddleware
  /** What of a value somebody may see. */
  readonly filter: (type: string, value: unknown, principal?: Principal, options?: VisibleOptions) => Promise<unknown>
  /** Lets so many requests through in a window. @throws RangeError for a limit that could not be enforced as it reads */
  readonly rateLimit: (limit: RateLimit) => ExpressMiddleware
  /** Resolves when requests can be judged; rejects with what keeps it from that. */
  readonly ready: () => Promise<void>
  /** Writes what is in memory and closes what the gate opened. Requests that come later are refused. */
  readonly close: () => Promise<void>
}

/** What a function that finds an owner is given, unless it names another type. */
export type ObjectRequest = IncomingMessage & { readonly params: Readonly<Record<string, string>> }

/** What Express makes of a request, as far as the guards read it. */
export type ExpressRequest = IncomingMessage & {
  readonly originalUrl?: string
  readonly baseUrl?: string
  body?: unknown
  readonly route?: { readonly path?: unknown }
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  principal?: Principal
}

/** Makes the guards of an Express 5 application. */
export function createExpressGate(engine: Engine): ExpressGate {
  const reception = createReception(engine)
  const guards = createGuards(engine)

  function middleware(guarding: Guarding): ExpressMiddleware {
    return middlewareFor(() => guarding)
  }

  function middlewareFor(guardingOf: (request: ExpressRequest) => Guarding): ExpressMiddleware {
    return expressMiddleware(reception, guardingOf)
  }

  return Object.freeze({
    ...ruleGate(guards, middleware, middleware),
    authenticate: () => middleware(guards.authenticate()),
    optional: () => middleware(guards.optional()),
    requireScopes: (...scopes: string[]) => middleware(guards.requireScopes(...scopes)),
    requirePermissions: (...permissions: string[]) => middleware(guards.requirePermissions(...permissions)),
    requireRoles: (...roles: string[]) => middleware(guards.requireRoles(...roles)),
    requireLevel: (level: CallerLevel) => middleware(guards.requireLevel(level)),
    requireOwner: <Request>(type: string, find: (request: Request) => unknown, options: OwnerOptions = {}) =>
      middlewareFor((request) => ownerGuard(type, () => find(request as Request), options)),
    requireRelation: (rule: RelationRule) => middleware(guards.requireRelation(rule)),
    requirePolicy: (rule: PolicyRule) => middleware(guards.requirePolicy(rule)),
    body: (type: string, options: BodyOptions = {}) =>
      middlewareFor((request) =>
        bodyGuard(type, options, (bytes) => void Object.assign(request, { body: bodyValue(bytes) })),
      ),
    filter: (type: string, value: unknown, principal?: Principal, options: VisibleOptions = {}) =>
      visibleOf(engine, type, value, principal, options),
    rateLimit: (limit: RateLimit) => middleware(guards.rateLimit(limit)),
    ready: engine.ready,
    close: engine.close,
  })
}

/** A guard as Express takes it. */
export function expressMiddleware(
  reception: Reception,
  guardingOf: (request: ExpressRequest) => Guarding,
): ExpressMiddleware {
  return (request: ExpressRequest, response, next) => {
    const go = (outcome: Outcome) => {
      if (outcome.is === 'over') return
      if (outcome.principal !== null) request.principal = outcome.principal
      next()
    }
    const outcome = reception.ask(arrivedOf(request, response), guardingOf(request))
    // What the application throws later must not be taken for a failure of the guard.
    if (outcome instanceof Promise) outcome.then((late) => setImmediate(go, late))
    else go(outcome)
  }
}

/** A request as Express has it. */
export function arrivedOf(incoming: ExpressRequest, response: ServerResponse): Arrived {
  return {
    incoming,
    response,
    target: incoming.originalUrl ?? incoming.url ?? '',
    route: () => {
      const path = incoming.route?.path
      return typeof path === 'string' ? (incoming.baseUrl ?? '') + path : null
    },
    parameter: (from, name) => ownOf(from === 'path' ? incoming.params : incoming.query, name),
    write: (answer) => writeAnswer(response, answer),
  }
}
