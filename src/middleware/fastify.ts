import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { anonymous, type Principal } from '../core/index.ts'
import { type RuleGate, ruleGate } from './common.ts'
import type { CallerLevel, Engine, PolicyRule, RateLimit, RelationRule } from './engine.ts'
import { createGuards } from './guards.ts'
import { ownOf } from './named.ts'
import {
  type BodyOptions,
  bodyGuard,
  type OwnerOptions,
  ownerGuard,
  type VisibleOptions,
  visibleOf,
} from './objects.ts'
import { createReception } from './reception.ts'
import type { Answer, Arrived, Guarding } from './visit.ts'

/** The parts of Fastify's request, reply and instance that the guards need. */
export type FastifyRequestLike = {
  readonly raw: IncomingMessage
  readonly originalUrl: string
  readonly routeOptions: { readonly url?: string | undefined }
  readonly params: unknown
  readonly query: unknown
}
export type FastifyReplyLike = {
  readonly raw: ServerResponse
  readonly sent: boolean
  readonly code: (status: number) => unknown
  readonly header: (name: string, value: string | string[]) => unknown
  readonly send: (body?: Buffer) => unknown
  readonly hijack: () => unknown
}
export type FastifyInstanceLike = {
  readonly decorateRequest: (name: string, value: { readonly getter: () => unknown }) => unknown
  readonly addHook: (name: 'onClose', hook: () => Promise<void>) => unknown
}

/** A hook of a Fastify route: for `onRequest`, which comes before the body is read, or any later one before the handler. */
export type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>

/** A hook of a Fastify route for `preParsing`, which stands between a body and whatever parses it. */
export type FastifyParsingHook = (
  request: FastifyRequestLike,
  reply: FastifyReplyLike,
  payload: Readable,
) => Promise<Readable | undefined>

/** The guards of a Fastify application. */
export type FastifyGate = RuleGate<FastifyHook> & {
  /** To be registered once: `await app.register(gate.plugin)`. It gives every request its `principal`, and closes with the application. */
  readonly plugin: (app: FastifyInstanceLike) => Promise<void>
  /**
   * Lets only requests with a good credential through, and puts `request.principal` on them. Everybody else gets the
   * problem that the gateway would answer.
   */
  readonly authenticate: () => FastifyHook
  /** As `authenticate`, but whoever shows no credential is anonymous. A bad credential is refused all the same. */
  readonly optional: () => FastifyHook
  /** Needs `authenticate` or `optional` before it, and every one of these scopes. @throws TypeError for none */
  readonly requireScopes: (...scopes: string[]) => FastifyHook
  /** Needs `authenticate` or `optional` before it, and every one of these permissions. @throws TypeError for none */
  readonly requirePermissions: (...permissions: string[]) => FastifyHook
  /** Needs `authenticate` or `optional` before it, and every one of these roles. @throws TypeError for none */
  readonly requireRoles: (...roles: string[]) => FastifyHook
  /** Needs `authenticate` before it, and a caller of this level. @throws TypeError for a level that there is not */
  readonly requireLevel: (level: CallerLevel) => FastifyHook
  /**
   * Needs `authenticate` before it, and that the object is theirs. The owner is what `find` answers; undefined says that there
   * is no such object.
   */
  readonly requireOwner: <Request = FastifyRequestLike & { readonly params: unknown }>(
    type: string,
    find: (request: Request) => unknown,
    options?: OwnerOptions,
  ) => FastifyHook
  /** Needs `authenticate` before it, and that the caller has the relation to the object. @throws TypeError for a rule that is none */
  readonly requireRelation: (rule: RelationRule) => FastifyHook
  /** Needs `authenticate` before it, and that policies, permissions and relations together allow it. @throws TypeError for a rule that is none */
  readonly requirePolicy: (rule: PolicyRule) => FastifyHook
  /**
   * For `preParsing`: reads a JSON body before Fastify parses it, and refuses what may not be written. Needs `authenticate` in
   * `onRequest`. A name that comes twice can be seen only here: a parser keeps one of them.
   */
  readonly body: (type: string, options?: BodyOptions) => FastifyParsingHook
  /** What of a value somebody may see. */
  readonly filter: (type: string, value: unknown, principal?: Principal, options?: VisibleOptions) => Promise<unknown>
  /** Lets so many requests through in a window. @throws RangeError for a limit that could not be enforced as it reads */
  readonly rateLimit: (limit: RateLimit) => FastifyHook
  /** Resolves when requests can be judged; rejects with what keeps it from that. */
  readonly ready: () => Promise<void>
  /** Writes what is in memory and closes what the gate opened. The application does it when it closes. */
  readonly close: () => Promise<void>
}

/** Makes the guards of a Fastify 5 application. */
export function createFastifyGate(engine: Engine): FastifyGate {
  const reception = createReception(engine)
  const guards = createGuards(engine)
  const principals = new WeakMap<IncomingMessage, Principal>()

  async function plugin(app: FastifyInstanceLike): Promise<void> {
    app.decorateRequest('principal', {
      getter(this: FastifyRequestLike) {
        return principals.get(this.raw) ?? anonymous
      },
    })
    app.addHook('onClose', engine.close)
    await engine.ready()
  }

  function hook(guarding: Guarding): FastifyHook {
    return hookFor(() => guarding)
  }

  function hookFor(guardingOf: (request: FastifyRequestLike) => Guarding): FastifyHook {
    return async (request, reply) => {
      // Without the plugin a handler would not see who asks.
      if (!('principal' in request)) throw new Error('register gate.plugin before routes that use its guards')
      const outcome = await reception.ask(arrivedOf(request, reply), guardingOf(request))
      if (outcome.is === 'over') return reply
      if (outcome.principal !== null) principals.set(request.raw, outcome.principal)
      return undefined
    }
  }

  function body(type: string, options: BodyOptions = {}): FastifyParsingHook {
    return async (request, reply, payload) => {
      let judged: Buffer = NOTHING
      const take = (bytes: Buffer) => {
        judged = bytes
      }
      const outcome = await reception.ask(arrivedOf(request, reply), bodyGuard(type, options, take, payload))
      if (outcome.is === 'passed') return parsable(judged, request.raw)
      // Nobody is there any more to be answered, and nothing goes on.
      if (!reply.sent) reply.hijack()
      return undefined
    }
  }

  return Object.freeze({
    ...ruleGate(guards, hook, hook),
    plugin: withoutScope(plugin),
    authenticate: () => hook(guards.authenticate()),
    optional: () => hook(guards.optional()),
    requireScopes: (...scopes: string[]) => hook(guards.requireScopes(...scopes)),
    requirePermissions: (...permissions: string[]) => hook(guards.requirePermissions(...permissions)),
    requireRoles: (...roles: string[]) => hook(guards.requireRoles(...roles)),
    requireLevel: (level: CallerLevel) => hook(guards.requireLevel(level)),
    requireOwner: <Request>(type: string, find: (request: Request) => unknown, options: OwnerOptions = {}) =>
      hookFor((request) => ownerGuard(type, () => find(request as Request), options)),
    requireRelation: (rule: RelationRule) => hook(guards.requireRelation(rule)),
    requirePolicy: (rule: PolicyRule) => hook(guards.requirePolicy(rule)),
    body,
    filter: (type: string, value: unknown, principal?: Principal, options: VisibleOptions = {}) =>
      visibleOf(engine, type, value, principal, options),
    rateLimit: (limit: RateLimit) => hook(guards.rateLimit(limit)),
    ready: engine.ready,
    close: engine.close,
  })
}

const NOTHING = Buffer.alloc(0)

// Fastify holds the length that was told against what was read, and not against what is left of it.
function parsable(judged: Buffer, { headers }: IncomingMessage): Readable {
  const told = Number(headers['content-length'] ?? judged.length)
  return Object.assign(Readable.from(judged.length === 0 ? [] : [judged]), { receivedEncodedLength: told })
}

// Fastify's own marks: what the plugin adds belongs to whoever registers it, and to every scope below.
function withoutScope<P extends FastifyGate['plugin']>(plugin: P): P {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'sallyport',
    [Symbol.for('plugin-meta')]: { name: 'sallyport', fastify: '5.x' },
  })
}

function arrivedOf(request: FastifyRequestLike, reply: FastifyReplyLike): Arrived {
  return {
    incoming: request.raw,
    response: reply.raw,
    target: request.originalUrl,
    route: () => request.routeOptions.url ?? null,
    parameter: (from, name) => ownOf(from === 'path' ? request.params : request.query, name),
    write: (answer) => writeReply(reply, answer),
  }
}

// Through Fastify's own reply, so that its hooks and the headers of other plugins stay in force.
function writeReply(reply: FastifyReplyLike, { status, lines, body }: Answer): void {
  const fields = new Map<string, string[]>()
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string
    fields.set(name, [...(fields.get(name) ?? []), lines[i + 1] as string])
  }
  reply.code(status)
  for (const [name, values] of fields) reply.header(name, values.length === 1 ? (values[0] as string) : values)
  // Of an empty body Fastify would say what type it has.
  if (body.length === 0) reply.send()
  else reply.send(body)
}
