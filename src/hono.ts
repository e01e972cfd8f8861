import type {} from 'hono'
import type { Principal } from './core/index.ts'
import { type GateOptions, openEngine } from './gate.ts'
import { createHonoGate, type HonoGate } from './middleware/index.ts'

export type { Principal } from './core/index.ts'
export type { EmbeddedOptions, GateOptions } from './gate.ts'
export type { HonoGate, HonoMiddleware, PolicyRule, RateLimit, RelationRule } from './middleware/index.ts'
export type { RemoteOptions } from './remote.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Who asks, once `authenticate` or `optional` let the request through. */
    principal: Principal
  }
}

/**
 * Guards for a Hono 4 application that `@hono/node-server` serves: the same steps and the same answers as the gateway's.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const gate = sallyport({ embedded: true })
 * app.get('/orders', gate.authenticate(), gate.requireScopes('orders:read'), (context) => {
 *   return context.json({ for: context.get('principal').id })
 * })
 */
export function sallyport(options: GateOptions): HonoGate {
  return createHonoGate(openEngine(options))
}
