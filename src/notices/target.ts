import { type LookupAddress, type LookupOptions, lookup as resolve } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { type Address, contains, isPublicAddress, type Network, parseAddress, parseNetwork } from '../core/index.ts'
import type { WebhookSettings } from './settings.ts'

const LONGEST_URL = 2048

/** Where webhooks may go. */
export type Targets = {
  /** What is wrong with an address as it is written, or null. */
  readonly fault: (url: string) => string | null
  /** Resolves a name for a connection, and refuses when any address it has must not be reached. */
  readonly lookup: LookupFunction
}

/** The refusal of an address that a name led to. Told to whoever reads the deliveries, without the address. */
export class PrivateAddress extends Error {
  constructor(host: string) {
    super(`${host} has a private address, which webhooks may not reach (notices.webhooks.allowPrivateNetworks)`)
  }
}

type Resolve = (
  name: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void

/**
 * Keeps webhooks away from what only this machine can reach. A name is resolved once, every address it has is looked at,
 * and the connection goes to one of those: there is no second look-up that could answer otherwise.
 */
export function createTargets(
  settings: Pick<WebhookSettings, 'allowInsecureHttp' | 'allowPrivateNetworks'>,
  lookupAll: Resolve = resolve,
): Targets {
  const allowed = settings.allowPrivateNetworks.map(networkOf)
  const isAllowed = (address: Address | null): boolean =>
    address !== null && (isPublicAddress(address) || allowed.some((network) => contains(network, address)))

  function fault(text: string): string | null {
    const url = text.length > LONGEST_URL || /[\s\\]/.test(text) ? null : URL.parse(text)
    if (url === null) return 'must be an address such as https://hooks.example.com/keys'
    if (url.protocol !== 'https:' && !(settings.allowInsecureHttp && url.protocol === 'http:'))
      return 'must begin with https:// (notices.webhooks.allowInsecureHttp takes http:// too)'
    if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
    if (url.hash !== '') return 'must not have a fragment'
    const address = parseAddress(url.hostname.replace(/^\[(.*)\]$/, '$1'))
    if (address !== null && !isAllowed(address))
      return 'must not be a private address (notices.webhooks.allowPrivateNetworks)'
    return null
  }

  const lookup: LookupFunction = (host, options, done) => {
    lookupAll(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, [])
      const [first] = found
      if (first === undefined || !found.every(({ address }) => isAllowed(parseAddress(address))))
        return done(new PrivateAddress(host), [])
      return options.all === true ? done(null, found) : done(null, first.address, first.family)
    })
  }

  return Object.freeze({ fault, lookup })
}

function networkOf(text: string): Network {
  const network = parseNetwork(text)
  if (typeof network === 'string') throw new Error(network)
  return network
}
