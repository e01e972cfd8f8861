import { type Address, contains, type Network, parseNetwork } from './address.ts'

/**
 * Networks whose addresses are not hosts of the public internet (IANA special-purpose registries, RFC 6890 and its
 * updates): this machine, private networks, links, where clouds keep their metadata, tunnels, documentation, groups.
 */
const RESERVED = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
].map(network)

// RFC 4291, section 2.4, as IANA has given it out: every other IPv6 address is local, mapped, translated or not in use.
const GLOBAL_UNICAST = network('2000::/3')

/** Whether an address is one that a host of the public internet may have. */
export function isPublicAddress(address: Address): boolean {
  if (address.family === 6 && !contains(GLOBAL_UNICAST, address)) return false
  return !RESERVED.some((reserved) => contains(reserved, address))
}

function network(text: string): Network {
  const parsed = parseNetwork(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}
