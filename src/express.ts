import type { Principal } from './core/index.ts'
import { type GateOptions, openEngine } from './gate.ts'
import { createExpressGate, type ExpressGate } from './middleware/index.ts'

export type { Principal } from './core/index.ts'
export type { EmbeddedOptions, GateOptions } from './gate.ts'
export type { ExpressGate, ExpressMiddleware, PolicyRule, RateLimit, RelationRule } from './middleware/index.ts'
export type { RemoteOptions } from './remote.ts'

declare global {
  namespace Express {
    interface Request {
      /** Who asks, once `authenticate` or `optional` let the request through. */
      principal?: Principal
    }
  }
}

/**
 * Guards for an Express 5 application: the same steps and the same answers as the gateway's.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const gate = sallyport({ embedded: true })
 * app.get('/orders', gate.authenticate(), gate.requireScopes('orders:read'), (request, response) => {
 *   response.json({ for: request.principal?.id })
 * })
 */
export function sallyport(options: GateOptions): ExpressGate {
  return createExpressGate(openEngine(options))
}
