import {
  type Address,
  contains,
  isMetadataAddress,
  isPublicAddress,
  type Network,
  parseNetwork,
} from '../core/index.ts'
import type { OutboundSettings } from './settings.ts'
import { type Fault, isFault, type OutboundUrl, readUrl } from './url.ts'

type Rules = Pick<OutboundSettings, 'allow' | 'allowInsecureHttp' | 'allowPrivateNetworks' | 'ports' | 'allowAnyPort'>

/** The name of a setting as it stands in a sentence. */
export type NameOf = (setting: keyof Rules) => string

/** Where requests may go. */
export type Targets = {
  /** Reads an address, and refuses what can be refused before its name is asked for. */
  readonly read: (text: string) => OutboundUrl | Fault
  /** What forbids a host with these addresses, every one of them being looked at, or null. */
  readonly judge: (host: string, addresses: readonly Address[]) => Fault | null
}

/** Names by which clouds hand out the credentials of their machines. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'instance-data',
  'instance-data.ec2.internal',
  'metadata',
  'metadata.azure.internal',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'metadata.tencentyun.com',
])

/**
 * The rules of a configuration as a judge.
 *
 * @throws for a network that is none: whoever hands in settings has looked at them
 */
export function createTargets(rules: Rules, nameOf: NameOf): Targets {
  const open = rules.allowPrivateNetworks.map(networkOf)
  const only = rules.allow === null ? null : readAllow(rules.allow)

  function read(text: string): OutboundUrl | Fault {
    const target = readUrl(text)
    if (isFault(target)) return target
    const { url, host, port, address } = target
    if (url.protocol === 'http:' && !rules.allowInsecureHttp)
      return { why: 'scheme', says: `must begin with https:// (${nameOf('allowInsecureHttp')} takes http:// too)` }
    if (!rules.allowAnyPort && !rules.ports.includes(port))
      return { why: 'port', says: `must not be at port ${port} (${nameOf('ports')})` }
    if (METADATA_NAMES.has(host)) return METADATA
    if (address !== null) return judge(host, [address]) ?? target
    return only !== null && only.networks.length === 0 && !only.isListed(host) ? notAllowed() : target
  }

  function judge(host: string, addresses: readonly Address[]): Fault | null {
    if (addresses.some(isMetadataAddress)) return METADATA
    if (!addresses.every(isOpen)) return privateAddress()
    if (only === null || only.isListed(host)) return null
    return addresses.every((it) => only.networks.some((network) => contains(network, it))) ? null : notAllowed()
  }

  const isOpen = (address: Address): boolean =>
    isPublicAddress(address) || open.some((network) => contains(network, address))
  const privateAddress = (): Fault => ({
    why: 'private_address',
    says: `must not be a private address (${nameOf('allowPrivateNetworks')})`,
    leads: `has a private address, which may not be reached (${nameOf('allowPrivateNetworks')})`,
  })
  const notAllowed = (): Fault => ({ why: 'not_allowed', says: `must be among the hosts of ${nameOf('allow')}` })

  return Object.freeze({ read, judge })
}

const METADATA: Fault = {
  why: 'metadata',
  says: 'must not be where a cloud keeps credentials',
  leads: 'leads to where a cloud keeps credentials',
}

type Allow = { readonly networks: readonly Network[]; readonly isListed: (host: string) => boolean }

// `*.example.com` is every name below, and not the name itself: that is another host.
function readAllow(entries: readonly string[]): Allow {
  const networks = entries.map((it) => parseNetwork(it)).filter((it) => typeof it !== 'string')
  const names = new Set(entries.filter((it) => !it.startsWith('*.')))
  const endings = entries.filter((it) => it.startsWith('*.')).map((it) => it.slice(1))
  return { networks, isListed: (host) => names.has(host) || endings.some((ending) => host.endsWith(ending)) }
}

function networkOf(text: string): Network {
  const network = parseNetwork(text)
  if (typeof network === 'string') throw new Error(network)
  return network
}
