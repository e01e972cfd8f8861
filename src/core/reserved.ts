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
  // Public by its number, but answered by the host of a virtual machine in Azure, which hands out its secrets.
  '168.63.129.16/32',
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

/** Where clouds hand credentials to whoever asks from inside: their documents name these. */
const METADATA = [
  '100.100.100.200/32',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.192/32',
  'fd00:c1::a9fe:a9fe/128',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  'fe80::a9fe:a9fe/128',
].map(network)

/** Whether an address is one that a host of the public internet may have. */
export function isPublicAddress(address: Address): boolean {
  if (address.family === 6 && (!contains(GLOBAL_UNICAST, address) || isIsatap(address))) return false
  return !RESERVED.some((reserved) => contains(reserved, address))
}

/** Whether an address is one where a cloud keeps the credentials of its machines, in any form that leads there. */
export function isMetadataAddress(address: Address): boolean {
  const inside = innerAddress(address)
  return METADATA.some((it) => contains(it, address) || (inside !== null && contains(it, inside)))
}

// RFC 5214, section 6.1: the last four bytes are the IPv4 address that a tunnel delivers to.
function isIsatap({ bytes }: Address): boolean {
  return ((bytes[8] as number) & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
}

const TRANSLATED = ['::/96', '64:ff9b::/96', '64:ff9b:1::/48'].map(network)
const SIX_TO_FOUR = network('2002::/16')

// RFC 4291 (2.5.5.1), RFC 6052 and RFC 8215, RFC 3056, RFC 5214: IPv4 inside of IPv6.
function innerAddress(address: Address): Address | null {
  if (address.family === 4) return null
  if (contains(SIX_TO_FOUR, address)) return ipv4(address.bytes.slice(2, 6))
  const ends = isIsatap(address) || TRANSLATED.some((it) => contains(it, address))
  return ends ? ipv4(address.bytes.slice(12)) : null
}

function ipv4(bytes: readonly number[]): Address {
  return { family: 4, text: bytes.join('.'), bytes }
}

function network(text: string): Network {
  const parsed = parseNetwork(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}
