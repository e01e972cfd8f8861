import { anonymous, type Principal, parseAddress } from '../core/index.ts'
import { type CommonGate, commonGate } from './common.ts'
import type { Engine } from './engine.ts'
import { createGuards } from './guards.ts'
import { ownOf } from './named.ts'
import { type BodyOptions, bodyGuard, type OwnerOptions, ownerGuard } from './objects.ts'
import { type Played, playRequest } from './played.ts'
import { createReception } from './reception.ts'
import type { GraphqlOptions, OpenapiOptions, ShapeOptions } from './rules.ts'
import type { Arrived, Guarding } from './visit.ts'

/** What Next gives a route handler beside the request. */
export type NextContextLike = { readonly params?: unknown }

/** A handler that stands behind guards: it is told who asks. */
export type NextHandler<Context> = (
  request: Request,
  context: Context & { readonly principal: Principal },
) => Response | Promise<Response>

/** What a `route.ts` exports. */
export type NextRoute<Context> = (request: Request, context: Context) => Promise<Response>

/** What a `proxy.ts` exports. */
export type NextProxy = (request: Request) => Promise<Response>

/** One guard, for `guard` and `proxy`. */
export type NextGuard = {
  readonly guardingOf: (passage: Passage) => Guarding
  /** It looks into bodies, and what it lets through is what the handler behind it reads. */
  readonly ofBodies: boolean
}

/** The guards of Next's route handlers. */
export type NextGate = CommonGate<NextGuard> & {
  /**
   * Needs `authenticate` before it, and that the object is theirs. The owner is what `find` answers; undefined says that there
   * is no such object.
   */
  readonly requireOwner: (
    type: string,
    find: (request: Request, params: Readonly<Record<string, unknown>>) => unknown,
    options?: OwnerOptions,
  ) => NextGuard
  /** Reads a JSON body and refuses what may not be written. The handler's `request.json()` answers what is left. */
  readonly body: (type: string, options?: BodyOptions) => NextGuard
  /** A handler behind guards, asked in the order given. @throws TypeError without a guard */
  readonly guard: <Context extends NextContextLike = NextContextLike>(
    guards: readonly NextGuard[],
    handler: NextHandler<Context>,
  ) => NextRoute<Context>
  /**
   * A proxy behind guards. What it lets through is to be answered with `NextResponse.next({ request: { headers } })`, the headers
   * being those of the request that it is given: they have no credential any more.
   *
   * @throws TypeError without a guard, and for one that looks into bodies: a handler would read another one
   */
  readonly proxy: (
    guards: readonly NextGuard[],
    next: (request: Request, told: { readonly principal: Principal }) => Response | Promise<Response>,
  ) => NextProxy
}

/** Who is at the other end of the connection that a request came over, which the request itself does not tell. */
export type AddressOption = string | ((request: Request) => string)

type Passage = {
  readonly request: Request
  readonly params: Readonly<Record<string, unknown>>
  readonly played: Played
  judged: Buffer | null
}

/** Makes the guards of Next's route handlers. @throws TypeError for an address that is none */
export function createNextGate(engine: Engine, address: AddressOption): NextGate {
  const reception = createReception(engine)
  const addressOf = readAddress(address)

  function guard<Context extends NextContextLike>(
    asked: readonly NextGuard[],
    handler: NextHandler<Context>,
  ): NextRoute<Context> {
    if (asked.length === 0) throw new TypeError('name at least one guard: a handler without one is open to everybody')
    return async (request, context) => {
      const passage = await passageOf(request, context, addressOf(request))
      const principal = await ask(passage, asked)
      if (principal === null) return answerOf(passage.played)
      return hand(passage, (left) => handler(left, { ...context, principal }))
    }
  }

  async function ask(passage: Passage, asked: readonly NextGuard[]): Promise<Principal | null> {
    let principal: Principal = anonymous
    for (const { guardingOf } of asked) {
      const outcome = await reception.ask(arrivedOf(passage), guardingOf(passage))
      if (outcome.is === 'over') return null
      principal = outcome.principal ?? principal
    }
    return principal
  }

  function proxy(asked: readonly NextGuard[], next: Parameters<NextGate['proxy']>[1]): NextProxy {
    if (asked.some(({ ofBodies }) => ofBodies))
      throw new TypeError('a proxy hands on no body: put guards of bodies before the handler that reads it')
    const guarded = guard(asked, (request, { principal }) => next(request, { principal }))
    return (request) => guarded(request, {})
  }

  const guards = createGuards(engine)
  const form = (guarding: Guarding): NextGuard => ({ guardingOf: () => guarding, ofBodies: false })
  const ofBodies = (guarding: Guarding): NextGuard => ({ guardingOf: () => guarding, ofBodies: true })
  return Object.freeze({
    ...commonGate(engine, guards, form, form),
    shape: (options: ShapeOptions) => ofBodies(guards.shape(options)),
    openapi: (options: OpenapiOptions) => ofBodies(guards.openapi(options)),
    graphql: (options: GraphqlOptions = {}) => ofBodies(guards.graphql(options)),
    requireOwner: (
      type: string,
      find: (request: Request, params: Readonly<Record<string, unknown>>) => unknown,
      options: OwnerOptions = {},
    ): NextGuard => ({
      ofBodies: false,
      guardingOf: ({ request, params }) => ownerGuard(type, () => find(request, params), options),
    }),
    body: (type: string, options: BodyOptions = {}): NextGuard => ({
      ofBodies: true,
      guardingOf: (passage) =>
        bodyGuard(type, options, (bytes) => {
          passage.judged = bytes
        }),
    }),
    guard,
    proxy,
  })
}

function readAddress(address: AddressOption): (request: Request) => string {
  if (typeof address === 'function') return (request) => known(address(request))
  const text = known(address)
  return () => text
}

function known(address: unknown): string {
  if (typeof address === 'string' && parseAddress(address) !== null) return address
  throw new TypeError(
    'address must say who is at the other end of the connection: an address, or a function of the request',
  )
}

async function passageOf(request: Request, context: NextContextLike | undefined, address: string): Promise<Passage> {
  const params = (await context?.params) ?? {}
  return {
    request,
    params: params as Readonly<Record<string, unknown>>,
    played: playRequest(request, address),
    judged: null,
  }
}

function arrivedOf({ request, params, played }: Passage): Arrived {
  const { incoming, response, write } = played
  return {
    incoming,
    response,
    target: incoming.url ?? '',
    route: () => null,
    parameter: (from, name) =>
      from === 'path' ? ownOf(params, name) : (new URL(request.url).searchParams.get(name) ?? undefined),
    write,
  }
}

// What nobody waits for any more is answered by nobody.
function answerOf({ refused, response }: Played): Promise<Response> | Response {
  return response.headersSent ? refused : new Response(null, { status: 499 })
}

async function hand(
  { played, judged }: Passage,
  handler: (left: Request) => Response | Promise<Response>,
): Promise<Response> {
  try {
    const refused = played.refused.then((answer) => ({ is: 'refused', answer }) as const)
    const handled = Promise.resolve(handler(played.left(judged))).then((answer) => ({ is: 'handled', answer }) as const)
    const first = await Promise.race([handled, refused])
    return first.is === 'refused' ? first.answer : played.end(first.answer)
  } catch (error) {
    // Next answers what a handler throws with 500.
    played.close(500)
    throw error
  }
}
