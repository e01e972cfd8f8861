import type { Principal } from './core/index.ts'
import { type GateOptions, openEngine } from './gate.ts'
import { createFastifyGate, type FastifyGate } from './middleware/index.ts'

export type { Principal } from './core/index.ts'
export type { EmbeddedOptions, GateOptions } from './gate.ts'
export type {
  FastifyGate,
  FastifyHook,
  FastifyParsingHook,
  PolicyRule,
  RateLimit,
  RelationRule,
} from './middleware/index.ts'
export type { RemoteOptions } from './remote.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: anonymous until `authenticate` or `optional` found out. */
    principal: Principal
  }
}

/**
 * Guards for a Fastify 5 application: the same steps and the same answers as the gateway's.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const gate = sallyport({ embedded: true })
 * await app.register(gate.plugin)
 * app.get('/orders', { onRequest: [gate.authenticate(), gate.requireScopes('orders:read')] }, async (request) => {
 *   return { for: request.principal.id }
 * })
 */
export function sallyport(options: GateOptions): FastifyGate {
  return createFastifyGate(openEngine(options))
}
