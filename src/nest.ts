import type { Principal } from './core/index.ts'
import { type GateOptions, openEngine } from './gate.ts'
import { createNestGate, type NestGate } from './middleware/index.ts'

export type { Principal } from './core/index.ts'
export type { EmbeddedOptions, GateOptions } from './gate.ts'
export type { NestGate, NestGuard, PolicyRule, RateLimit, RelationRule } from './middleware/index.ts'
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
 * Guards for a Nest 11 or 12 application on the Express platform: the same steps and the same answers as the gateway's.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const gate = sallyport({ embedded: true })
 *
 * @Controller('orders')
 * @UseGuards(gate.authenticate(), gate.requireScopes('orders:read'))
 * class Orders {
 *   @Get()
 *   list(@Req() request: Request) {
 *     return { for: request.principal?.id }
 *   }
 * }
 */
export function sallyport(options: GateOptions): NestGate {
  return createNestGate(openEngine(options))
}
