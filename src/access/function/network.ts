import { contains, parseNetwork, type Step } from '../../core/index.ts'
import { refuseAccess } from '../problems.ts'

/**
 * A step that lets only clients from certain networks through.
 *
 * Errors: `NETWORK_FORBIDDEN`.
 *
 * @returns null for no networks, which means from everywhere
 * @throws Error for a text that is no network
 */
export function networkStep(networks: readonly string[]): Step | null {
  if (networks.length === 0) return null
  const parsed = networks.map((text) => {
    const network = parseNetwork(text)
    if (typeof network === 'string') throw new Error(network)
    return network
  })
  return {
    name: 'network',
    stage: 'access',
    apply: ({ request }) => {
      if (parsed.some((network) => contains(network, request.client))) return undefined
      return { is: 'deny', problem: refuseAccess('NETWORK_FORBIDDEN', { reason: request.client.text }) }
    },
  }
}
