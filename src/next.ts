import { type GateOptions, openEngine } from './gate.ts'
import { type AddressOption, createNextGate, type NextGate } from './middleware/index.ts'

export type { Principal } from './core/index.ts'
export type { EmbeddedOptions, GateOptions } from './gate.ts'
export type {
  AddressOption,
  NextGate,
  NextGuard,
  NextHandler,
  NextProxy,
  NextRoute,
  PolicyRule,
  RateLimit,
  RelationRule,
} from './middleware/index.ts'
export type { RemoteOptions } from './remote.ts'

/** Where answers come from, and who is at the other end of the application's connections. */
export type NextOptions = GateOptions & {
  /**
   * What a `fetch` request does not tell: the address of whoever is connected. Where a proxy stands before the application it is
   * the proxy's, and `trustedProxies` says that its headers are believed.
   */
  readonly address: AddressOption
}

/**
 * Guards for route handlers of Next, on its Node runtime: the same steps and the same answers as the gateway's.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const gate = sallyport({ embedded: true, address: '127.0.0.1' })
 * export const GET = gate.guard([gate.authenticate(), gate.requireScopes('orders:read')], (request, { principal }) => {
 *   return Response.json({ for: principal.id })
 * })
 */
export function sallyport(options: NextOptions): NextGate {
  const { address, ...rest } = options
  return createNextGate(openEngine(rest as GateOptions), address)
}
