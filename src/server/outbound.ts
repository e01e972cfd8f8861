import { createSafeFetch, type OutboundSettings } from '../guard/index.ts'
import type { OpenWayOut } from '../notices/index.ts'

const OF_WEBHOOKS: readonly string[] = [
  'allowInsecureHttp',
  'allowPrivateNetworks',
] satisfies (keyof OutboundSettings)[]

/**
 * Opens ways out for what notices send: the rules for addresses of strangers, with the relaxations for webhooks. Refusals are in
 * the log of deliveries and not among the events: a webhook that is told of each would never come to rest.
 */
export function createWaysOut(settings: OutboundSettings): OpenWayOut {
  return (rules) =>
    createSafeFetch({
      settings: { ...settings, ...rules },
      nameOf: (name) => (OF_WEBHOOKS.includes(name) ? `notices.webhooks.${name}` : `guard.outbound.${name}`),
    })
}
