export type {
  CallerLevel,
  Engine,
  Ground,
  NamedObject,
  ObjectAsk,
  Objects,
  PolicyRule,
  RateLimit,
  Reading,
  RelationRule,
} from './engine.ts'
export { createExpressGate, type ExpressGate, type ExpressMiddleware } from './express.ts'
export { createFastifyGate, type FastifyGate, type FastifyHook, type FastifyParsingHook } from './fastify.ts'
export { createHonoGate, type HonoContextLike, type HonoGate, type HonoMiddleware } from './hono.ts'
export { createKoaGate, type KoaContextLike, type KoaGate, type KoaMiddleware } from './koa.ts'
export { createNestGate, type NestContextLike, type NestGate, type NestGuard } from './nest.ts'
export {
  type AddressOption,
  createNextGate,
  type NextGate,
  type NextGuard,
  type NextHandler,
  type NextProxy,
  type NextRoute,
} from './next.ts'
export {
  createNodeGate,
  type GuardedRequest,
  type NodeGate,
  type NodeGuard,
  type NodeHandler,
  type NodeRule,
} from './node.ts'
export type { BodyOptions, OwnerOptions, VisibleOptions } from './objects.ts'
export { middlewareProblems, refuseGuard } from './problems.ts'
export { type Changes, followChanges } from './remote/changes.ts'
export { createLink, type Link } from './remote/link.ts'
export { createReports, type Reports } from './remote/reports.ts'
export type {
  BodyRule,
  CorsOptions,
  CorsRule,
  GraphqlOptions,
  HeaderOptions,
  HeadRule,
  InputRules,
  OpenapiOptions,
  RuleMakers,
  ShapeOptions,
} from './rules.ts'
