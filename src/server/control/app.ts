import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { accessRoutes, authzenRoutes, guardRoutes, policyRoutes, relationRoutes } from '../../access/index.ts'
import { auditRoutes } from '../../audit/index.ts'
import { createId, type Secret } from '../../core/index.ts'
import { type ControlApp, ProblemBody } from '../../http/index.ts'
import { identityRoutes, rulesAll } from '../../identity/index.ts'
import { inventoryRoutes } from '../../inventory/index.ts'
import { keyRoutes } from '../../keys/index.ts'
import { noticeRoutes } from '../../notices/index.ts'
import { createSignedMetadata, oauthRoutes } from '../../oauth/index.ts'
import { readNetworks } from '../../pipeline/index.ts'
import { rolloutRoutes } from '../../rollout/index.ts'
import { acrossAll } from '../across-all.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { System } from '../system.ts'
import { authenticateCallers } from './authenticate.ts'
import { frameworkErrors, handleErrors } from './errors.ts'
import { observeRequests } from './observe.ts'
import { describeApi } from './openapi.ts'
import { processRoutes } from './process.ts'
import { scopeRequests } from './scope.ts'
import { createSerializerCompiler, createValidatorCompiler } from './validation.ts'

const BODY_BYTES = 1_048_576
const REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/

export type ControlDeps = {
  readonly system: System
  readonly metrics: Metrics
  readonly ready: () => Promise<boolean>
  /** The token of a command in this process, or null where only the network calls. */
  readonly operator: Secret | null
  readonly log: FastifyBaseLogger
  /** `process` serves health, metrics and version alone: for a process that is a gateway and nothing else. */
  readonly surface?: 'all' | 'process'
}

/** Builds the control plane's HTTP application: every module's routes behind one authentication and one writer of errors. */
export async function createControlApp({
  system,
  metrics,
  ready,
  operator,
  log,
  surface = 'all',
}: ControlDeps): Promise<ControlApp> {
  const { keys, identity, audit, notices, clock, signingKeys, config } = system
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request would cost more than the request; what is logged names the request itself.
    childLoggerFactory: (logger) => logger,
    bodyLimit: BODY_BYTES,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: 128 },
    genReqId: (request) => requestId(request.headers['x-request-id'], clock.now()),
    frameworkErrors,
  }).withTypeProvider<TypeBoxTypeProvider>()

  // Bodies are JSON or nothing.
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(createValidatorCompiler() as never)
  app.setSerializerCompiler(createSerializerCompiler() as never)
  app.addSchema(ProblemBody)
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    next()
  })
  handleErrors(app)
  const authenticators = [keys.authenticator({ query: false }), identity.authenticator].map(acrossAll)
  const trusted = readNetworks(config.control.trustedProxies)
  authenticateCallers(app, { authenticators, operator, clock, trusted, note: system.uses.note })
  observeRequests(app, { audit, keys, metrics })
  scopeRequests(app, { store: system.store, rulesAll })
  if (surface === 'all') describeApi(app, config.issuer)
  await app.register(processRoutes({ ready, metrics }))
  if (surface === 'process') return app as ControlApp
  await app.register(keyRoutes({ keys, audit, clock }))
  await app.register(identityRoutes({ identity }))
  await app.register(oauthRoutes({ signingKeys, clients: system.clients }))
  await app.register(system.authorization.routes)
  await app.register(auditRoutes({ audit }))
  await app.register(
    accessRoutes({ access: system.access, roles: system.roles, given: system.given, reviews: system.reviews }),
  )
  const signMetadata = createSignedMetadata({ signingKeys, issuer: config.issuer, clock })
  await app.register(authzenRoutes({ ...system.decisions, issuer: config.issuer, signMetadata }))
  await app.register(policyRoutes(system.decisions))
  const { check, questionOf } = system.decisions
  await app.register(
    guardRoutes({ check, questionOf, countryOf: system.geo.countryOf, hasRelation: system.relations.check }),
  )
  await app.register(relationRoutes({ relations: system.relations }))
  await app.register(noticeRoutes({ notices }))
  await app.register(rolloutRoutes({ rollout: system.rollout }))
  await app.register(inventoryRoutes({ inventory: system.inventory }))
  return app as ControlApp
}

function requestId(sent: string | string[] | undefined, now: number): string {
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : createId('req', now)
}
