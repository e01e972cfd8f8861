import { type GateOptions, openEngine } from './gate.ts'
import { createKoaGate, type KoaGate } from './middleware/index.ts'

export type { Principal } from './core/index.ts'
export type { EmbeddedOptions, GateOptions } from './gate.ts'
export type { KoaGate, KoaMiddleware, PolicyRule, RateLimit, RelationRule } from './middleware/index.ts'
export type { RemoteOptions } from './remote.ts'

/**
 * Guards for a Koa 3 application: the same steps and the same answers as the gateway's.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const gate = sallyport({ embedded: true })
 * app.use(gate.authenticate())
 * app.use(gate.requireScopes('orders:read'))
 * app.use((context) => {
 *   context.body = { for: context.state.principal.id }
 * })
 */
export function sallyport(options: GateOptions): KoaGate {
  return createKoaGate(openEngine(options))
}
