import { type GateOptions, openEngine } from './gate.ts'
import { createNodeGate, type NodeGate } from './middleware/index.ts'

export type { Principal } from './core/index.ts'
export type { EmbeddedOptions, GateOptions } from './gate.ts'
export type {
  GuardedRequest,
  NodeGate,
  NodeGuard,
  NodeHandler,
  NodeRule,
  PolicyRule,
  RateLimit,
  RelationRule,
} from './middleware/index.ts'
export type { RemoteOptions } from './remote.ts'

/**
 * Guards for a plain `node:http` server: the same steps and the same answers as the gateway's.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const gate = sallyport({ embedded: true })
 * createServer(gate.guard([gate.authenticate, gate.requireScopes('orders:read')], (request, response) => {
 *   response.end(request.principal?.id)
 * })).listen(3000)
 */
export function sallyport(options: GateOptions): NodeGate {
  return createNodeGate(openEngine(options))
}
