import type { IncomingMessage, ServerResponse } from 'node:http'
import { anonymous, type Principal } from '../core/index.ts'
import { type RuleGate, ruleGate } from './common.ts'
import type { CallerLevel, Engine, PolicyRule, RateLimit, RelationRule } from './engine.ts'
import { createGuards } from './guards.ts'
import {
  type BodyOptions,
  bodyGuard,
  bodyValue,
  type OwnerOptions,
  ownerGuard,
  type VisibleOptions,
  visibleOf,
} from './objects.ts'
import { createReception } from './reception.ts'
import type { Arrived, Guarding } from './visit.ts'
import { writeAnswer } from './write.ts'

/** A request that passed guards. */
export type GuardedRequest = IncomingMessage & {
  principal?: Principal
  /** What the guard `body` read and let through. */
  body?: unknown
}

/**
 * Asks about one request. Answers the principal when it may go on, and null when it was answered already. Nobody being
 * asked before who it is, a guard that lets it through answers `anonymous`.
 */
export type NodeGuard = (request: IncomingMessage, response: ServerResponse) => Promise<Principal | null>

export type NodeHandler = (request: GuardedRequest, response: ServerResponse) => unknown

/**
 * A rule where no framework finds the parameters of a path: `path` says where they stand, such as `/documents/{id}`. A request
 * for another path names no object.
 */
export type NodeRule<Rule> = Rule & { readonly path?: string }

/** The guards of a plain `node:http` server. */
export type NodeGate = RuleGate<NodeGuard> & {
  /** Only requests with a good credential. Everybody else gets the problem that the gateway would answer. */
  readonly authenticate: NodeGuard
  /** As `authenticate`, but whoever shows no credential is anonymous. A bad credential is refused all the same. */
  readonly optional: NodeGuard
  /** Needs `authenticate` or `optional` before it, and every one of these scopes. @throws TypeError for none */
  readonly requireScopes: (...scopes: string[]) => NodeGuard
  /** Needs `authenticate` or `optional` before it, and every one of these permissions. @throws TypeError for none */
  readonly requirePermissions: (...permissions: string[]) => NodeGuard
  /** Needs `authenticate` or `optional` before it, and every one of these roles. @throws TypeError for none */
  readonly requireRoles: (...roles: string[]) => NodeGuard
  /** Needs `authenticate` before it, and a caller of this level. @throws TypeError for a level that there is not */
  readonly requireLevel: (level: CallerLevel) => NodeGuard
  /**
   * Needs `authenticate` before it, and that the object is theirs. The owner is what `find` answers; undefined says that there
   * is no such object.
   */
  readonly requireOwner: (
    type: string,
    find: (request: IncomingMessage) => unknown,
    options?: OwnerOptions,
  ) => NodeGuard
  /** Needs `authenticate` before it, and that the caller has the relation to the object. @throws TypeError for a rule that is none */
  readonly requireRelation: (rule: NodeRule<RelationRule>) => NodeGuard
  /** Needs `authenticate` before it, and that policies, permissions and relations together allow it. @throws TypeError for a rule that is none */
  readonly requirePolicy: (rule: NodeRule<PolicyRule>) => NodeGuard
  /**
   * Reads a JSON body into the `body` of the request, and refuses what may not be written. Needs `authenticate` before it, and
   * that nobody reads the request before.
   */
  readonly body: (type: string, options?: BodyOptions) => NodeGuard
  /** What of a value somebody may see. */
  readonly filter: (type: string, value: unknown, principal?: Principal, options?: VisibleOptions) => Promise<unknown>
  /** Lets so many requests through in a window. @throws RangeError for a limit that could not be enforced as it reads */
  readonly rateLimit: (limit: RateLimit) => NodeGuard
  /** A handler behind guards, asked in the order given. @throws TypeError without a guard */
  readonly guard: (guards: readonly NodeGuard[], handler: NodeHandler) => NodeListener
  /** Resolves when requests can be judged; rejects with what keeps it from that. */
  readonly ready: () => Promise<void>
  /** Writes what is in memory and closes what the gate opened. Requests that come later are refused. */
  readonly close: () => Promise<void>
}

export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void

/** Makes the guards of a `node:http` server. */
export function createNodeGate(engine: Engine): NodeGate {
  const reception = createReception(engine)
  const guards = createGuards(engine)

  function ask(guarding: Guarding): NodeGuard {
    return async (request: GuardedRequest, response) => {
      const outcome = await reception.ask(arrivedOf(request, response), guarding)
      if (outcome.is === 'over') return null
      if (outcome.principal !== null) request.principal = outcome.principal
      return outcome.principal ?? anonymous
    }
  }

  return Object.freeze({
    ...ruleGate(guards, ask, ask),
    authenticate: ask(guards.authenticate()),
    optional: ask(guards.optional()),
    requireScopes: (...scopes: string[]) => ask(guards.requireScopes(...scopes)),
    requirePermissions: (...permissions: string[]) => ask(guards.requirePermissions(...permissions)),
    requireRoles: (...roles: string[]) => ask(guards.requireRoles(...roles)),
    requireLevel: (level: CallerLevel) => ask(guards.requireLevel(level)),
    requireOwner: (
      type: string,
      find: (request: IncomingMessage) => unknown,
      options: OwnerOptions = {},
    ): NodeGuard => {
      return (request, response) => ask(ownerGuard(type, () => find(request), options))(request, response)
    },
    requireRelation: ({ path, ...rule }: NodeRule<RelationRule>) =>
      ask(guards.requireRelation(rule, templateOf(rule, path))),
    requirePolicy: ({ path, ...rule }: NodeRule<PolicyRule>) => ask(guards.requirePolicy(rule, templateOf(rule, path))),
    body: (type: string, options: BodyOptions = {}): NodeGuard => {
      return (request: GuardedRequest, response) => {
        const take = (bytes: Buffer) => void Object.assign(request, { body: bodyValue(bytes) })
        return ask(bodyGuard(type, options, take))(request, response)
      }
    },
    filter: (type: string, value: unknown, principal?: Principal, options: VisibleOptions = {}) =>
      visibleOf(engine, type, value, principal, options),
    rateLimit: (limit: RateLimit) => ask(guards.rateLimit(limit)),
    guard,
    ready: engine.ready,
    close: engine.close,
  })
}

function guard(guards: readonly NodeGuard[], handler: NodeHandler): NodeListener {
  if (guards.length === 0) throw new TypeError('name at least one guard: a handler without one is open to everybody')
  return async (request, response) => {
    for (const one of guards) if ((await one(request, response)) === null) return
    await handler(request, response)
  }
}

function templateOf(
  { from = 'path', name }: Pick<PolicyRule, 'from' | 'name'>,
  path: string | undefined,
): string | undefined {
  if (from === 'query' || name == null) return undefined
  if (path?.split('/').includes(`{${name}}`)) return path
  throw new TypeError(`path must say where the object is named, such as /documents/{${name}}`)
}

function arrivedOf(incoming: IncomingMessage, response: ServerResponse): Arrived {
  return {
    incoming,
    response,
    target: incoming.url ?? '',
    route: () => null,
    parameter: () => undefined,
    write: (answer) => writeAnswer(response, answer),
  }
}
