import type { Principal } from '../core/index.ts'
import type { CallerLevel, Engine, PolicyRule, RateLimit, RelationRule } from './engine.ts'
import type { Guards } from './guards.ts'
import { pathOf, type Routed } from './named.ts'
import { type VisibleOptions, visibleOf } from './objects.ts'
import type { CorsOptions, GraphqlOptions, HeaderOptions, OpenapiOptions, ShapeOptions } from './rules.ts'
import type { Guarding } from './visit.ts'

/** The guards of what requests bring and what browsers are told, whoever asks. All throw a TypeError for options that cannot be meant. */
export type RuleGate<Form, Around = Form> = {
  /** Only requests of this shape. A body that is looked into stands in the request again for whoever reads it next. */
  readonly shape: (options: ShapeOptions) => Form
  /** Only requests that an OpenAPI document describes. */
  readonly openapi: (options: OpenapiOptions) => Form
  /** Only GraphQL that does not ask for too much at once. */
  readonly graphql: (options?: GraphqlOptions) => Form
  /** Answers pages of other origins that ask whether they may ask, and tells browsers in every answer. Before `authenticate`. */
  readonly cors: (options: CorsOptions) => Around
  /** Tells browsers in every answer to be careful with it. Before all others. */
  readonly headers: (options?: HeaderOptions) => Around
}

/** @param around makes what the framework takes of a guard that has to see every request */
export function ruleGate<Form, Around>(
  guards: Guards,
  form: (guarding: Guarding) => Form,
  around: (guarding: Guarding) => Around,
): RuleGate<Form, Around> {
  return {
    shape: (options) => form(guards.shape(options)),
    openapi: (options) => form(guards.openapi(options)),
    graphql: (options = {}) => form(guards.graphql(options)),
    cors: (options) => around(guards.cors(options)),
    headers: (options = {}) => around(guards.headers(options)),
  }
}

/** The guards that are the same in every framework, in the form of one. */
export type CommonGate<Form, Around = Form> = RuleGate<Form, Around> & {
  /** Lets only requests with a good credential through. Everybody else gets the problem that the gateway would answer. */
  readonly authenticate: () => Form
  /** As `authenticate`, but whoever shows no credential is anonymous. A bad credential is refused all the same. */
  readonly optional: () => Form
  /** Needs `authenticate` or `optional` before it, and every one of these scopes. @throws TypeError for none */
  readonly requireScopes: (...scopes: string[]) => Form
  /** Needs `authenticate` or `optional` before it, and every one of these permissions. @throws TypeError for none */
  readonly requirePermissions: (...permissions: string[]) => Form
  /** Needs `authenticate` or `optional` before it, and every one of these roles. @throws TypeError for none */
  readonly requireRoles: (...roles: string[]) => Form
  /** Needs `authenticate` before it, and a caller of this level. @throws TypeError for a level that there is not */
  readonly requireLevel: (level: CallerLevel) => Form
  /** Needs `authenticate` before it, and that the caller has the relation to the object. @throws TypeError for a rule that is none */
  readonly requireRelation: (rule: Routed<RelationRule>) => Form
  /** Needs `authenticate` before it, and that policies, permissions and relations together allow it. @throws TypeError for a rule that is none */
  readonly requirePolicy: (rule: Routed<PolicyRule>) => Form
  /** What of a value somebody may see. */
  readonly filter: (type: string, value: unknown, principal?: Principal, options?: VisibleOptions) => Promise<unknown>
  /** Lets so many requests through in a window. @throws RangeError for a limit that could not be enforced as it reads */
  readonly rateLimit: (limit: RateLimit) => Form
  /** Resolves when requests can be judged; rejects with what keeps it from that. */
  readonly ready: () => Promise<void>
  /** Writes what is in memory and closes what the gate opened. Requests that come later are refused. */
  readonly close: () => Promise<void>
}

/**
 * @param form makes what the framework takes of one guard
 * @param around the same of a guard that has to see every request
 */
export function commonGate<Form, Around>(
  engine: Engine,
  guards: Guards,
  form: (guarding: Guarding) => Form,
  around: (guarding: Guarding) => Around,
): CommonGate<Form, Around> {
  return {
    ...ruleGate(guards, form, around),
    authenticate: () => form(guards.authenticate()),
    optional: () => form(guards.optional()),
    requireScopes: (...scopes) => form(guards.requireScopes(...scopes)),
    requirePermissions: (...permissions) => form(guards.requirePermissions(...permissions)),
    requireRoles: (...roles) => form(guards.requireRoles(...roles)),
    requireLevel: (level) => form(guards.requireLevel(level)),
    requireRelation: ({ path, ...rule }) => form(guards.requireRelation(rule, pathOf(rule, path))),
    requirePolicy: ({ path, ...rule }) => form(guards.requirePolicy(rule, pathOf(rule, path))),
    filter: (type, value, principal, options = {}) => visibleOf(engine, type, value, principal, options),
    rateLimit: (limit) => form(guards.rateLimit(limit)),
    ready: engine.ready,
    close: engine.close,
  }
}
