import { randomUUID } from 'node:crypto'
import { type Authenticator, anonymous, type Exchange, type Step } from '../core/index.ts'
import {
  applyStep,
  byStage,
  type Case,
  challengeOf,
  createJudge,
  DECIDING,
  type Guard,
  nobodyKnown,
} from '../pipeline/index.ts'
import type { CallerLevel, Engine, Ground, ObjectAsk, PolicyRule, RateLimit, RelationRule } from './engine.ts'
import { inputGuard } from './input.ts'
import { readName } from './named.ts'
import type { CorsOptions, CorsRule, GraphqlOptions, HeaderOptions, OpenapiOptions, ShapeOptions } from './rules.ts'
import type { Arrived, Asked, Guarding } from './visit.ts'

/** The guards that an application puts before its handlers, whatever its framework. */
export type Guards = {
  /** Only whoever proves to be somebody. */
  readonly authenticate: () => Guarding
  /** Whoever shows no credential is anonymous; a bad credential is refused all the same. */
  readonly optional: () => Guarding
  /** Only whoever holds every one of these scopes. Refuses when nobody was asked before who it is. */
  readonly requireScopes: (...scopes: string[]) => Guarding
  /** Only whoever holds every one of these permissions. Refuses when nobody was asked before who it is. */
  readonly requirePermissions: (...permissions: string[]) => Guarding
  /** Only whoever has every one of these roles. Refuses when nobody was asked before who it is. */
  readonly requireRoles: (...roles: string[]) => Guarding
  /** Only callers of this level. Refuses when nobody was asked before who it is. */
  readonly requireLevel: (level: CallerLevel) => Guarding
  /** Only callers who have a relation to the object that the request names. */
  readonly requireRelation: (rule: RelationRule, template?: string) => Guarding
  /** Only callers whom policies, permissions and relations together allow it. */
  readonly requirePolicy: (rule: PolicyRule, template?: string) => Guarding
  /** Only so many requests in a window. By key it refuses when nobody was asked before who it is. */
  readonly rateLimit: (limit: RateLimit) => Guarding
  /** Only requests of this shape. */
  readonly shape: (options: ShapeOptions) => Guarding
  /** Only requests that a document describes. */
  readonly openapi: (options: OpenapiOptions) => Guarding
  /** Only GraphQL that does not ask for too much at once. */
  readonly graphql: (options: GraphqlOptions) => Guarding
  /** Answers pages that ask whether they may ask, and tells browsers in every answer who may read it. */
  readonly cors: (options: CorsOptions) => Guarding
  /** Tells browsers in every answer to be careful with it. */
  readonly headers: (options: HeaderOptions) => Guarding
}

const judge = createJudge<Case, string>(DECIDING)

/** Makes guards of an engine. Each has everything checked and looked up that can be before a request comes. */
export function createGuards(engine: Engine): Guards {
  const own = randomUUID()
  let limits = 0

  return Object.freeze({
    authenticate: () => (of: Case, ground: Ground) => {
      // Who was found once is not asked again: its credential is no longer there to be read.
      if (of.principal !== null && of.principal.kind !== 'anonymous') return undefined
      return find(of, guardsOf(ground.authenticators).known)
    },
    optional: () => (of: Case, ground: Ground) =>
      of.exchange === null ? find(of, guardsOf(ground.authenticators).anybody) : undefined,
    requireScopes: (...scopes: string[]) => stepGuard(engine.requireStep({ scopes, permissions: [] }), true),
    requirePermissions: (...permissions: string[]) => stepGuard(engine.requireStep({ scopes: [], permissions }), true),
    requireRoles: (...roles: string[]) => stepGuard(engine.requireStep({ scopes: [], permissions: [], roles }), true),
    requireLevel: (level: CallerLevel) => stepGuard(engine.levelStep(level), true),
    requireRelation: (rule: RelationRule, template?: string) => objectGuard(engine.relationAsk(rule), rule, template),
    requirePolicy: (rule: PolicyRule, template?: string) => objectGuard(engine.policyAsk(rule), rule, template),
    rateLimit: (limit: RateLimit) => {
      const step = engine.limitStep(limit, limit.name ?? `${own} ${++limits}`)
      return stepGuard(step, limit.by === 'key')
    },
    shape: (options: ShapeOptions) => inputGuard(engine.rules.shape(options), NOBODY),
    openapi: (options: OpenapiOptions) => inputGuard(engine.rules.openapi(options), NOBODY),
    graphql: (options: GraphqlOptions) => inputGuard(engine.rules.graphql(options), NOBODY),
    cors: (options: CorsOptions) => corsGuard(engine.rules.cors(options)),
    headers: (options: HeaderOptions) => Object.assign(() => undefined, { head: engine.rules.headers(options) }),
  })
}

function corsGuard(rule: CorsRule): Guarding {
  const answer = ({ inbound: { request } }: Case): Asked => {
    const asks = request.header('access-control-request-method') !== undefined
    if (request.method !== 'OPTIONS' || request.header('origin') === undefined || !asks) return undefined
    const found = rule.preflight(request)
    return 'code' in found ? { stage: 'route', problem: found } : found
  }
  return Object.assign(answer, { head: rule })
}

function find(of: Case, guard: Guard) {
  of.route = guard
  return judge(of, false)
}

/** A guard that asks something of whoever was found, and refuses when nobody was asked before who it is. */
export function knownGuard(
  ask: (exchange: Exchange, ground: Ground, arrived: Arrived) => Asked | Promise<Asked>,
): Guarding {
  return (of, ground, arrived) => {
    if (of.exchange !== null) return ask(of.exchange, ground, arrived)
    return { stage: 'who', problem: nobodyKnown(guardsOf(ground.authenticators).known) }
  }
}

function objectGuard(
  ask: ObjectAsk,
  { from = 'path', name }: Pick<PolicyRule, 'from' | 'name'>,
  template?: string,
): Guarding {
  const place = name == null ? null : { from, name, template }
  return knownGuard(async (exchange, _, arrived) => {
    const id = place === null ? null : readName(place, exchange, arrived)
    const problem = await ask(exchange, id)
    return problem && { stage: 'access', problem }
  })
}

function stepGuard(step: Step, needsPrincipal: boolean): Guarding {
  return (of, ground) => {
    if (of.exchange === null) {
      if (needsPrincipal) return { stage: 'who', problem: nobodyKnown(guardsOf(ground.authenticators).known) }
      return asNobody(step, of, ground)
    }
    return heard(step, applyStep(step, of, false))
  }
}

// Before anybody was asked who it is, a limit counts addresses or everything; it must not settle who it is.
function asNobody(step: Step, of: Case, ground: Ground): Asked | Promise<Asked> {
  const { identity } = guardsOf(ground.authenticators).anybody
  const exchange: Exchange = Object.freeze({ request: of.inbound.request, principal: anonymous, route: identity })
  return heard(step, applyStep(step, { ...of, exchange }, false))
}

function heard({ stage }: Step, verdict: ReturnType<typeof applyStep>): Asked | Promise<Asked> {
  if (verdict instanceof Promise) return verdict.then((problem) => problem && { stage, problem })
  return verdict && { stage, problem: verdict }
}

type Pair = { readonly known: Guard; readonly anybody: Guard }
const pairs = new WeakMap<readonly Authenticator[], Pair>()

function guardsOf(authenticators: readonly Authenticator[]): Pair {
  const made = pairs.get(authenticators)
  if (made !== undefined) return made
  const pair = { known: guardOf(authenticators, false), anybody: guardOf(authenticators, true) }
  pairs.set(authenticators, pair)
  return pair
}

function guardOf(authenticators: readonly Authenticator[], open: boolean): Guard {
  return Object.freeze({
    identity: Object.freeze({ id: 'application', public: open }),
    authenticators,
    challenge: challengeOf(authenticators),
    steps: byStage([]),
    // How much an application reads is its own affair, unless the credential says otherwise.
    maxBody: Number.POSITIVE_INFINITY,
  })
}

const NOBODY = guardOf([], true)
