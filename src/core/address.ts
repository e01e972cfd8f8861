import ipaddr from 'ipaddr.js'

/** An IP address in one canonical form: IPv4-mapped IPv6 is IPv4, no zone, lower case, shortest. */
export type Address = { readonly family: 4 | 6; readonly text: string; readonly bytes: readonly number[] }

/** A block of addresses. A single address is a block of full length. */
export type Network = {
  readonly family: 4 | 6
  readonly text: string
  readonly bytes: readonly number[]
  readonly bits: number
}

/**
 * Reads an address as the socket or a header gives it. IPv4-mapped IPv6 (`::ffff:10.0.0.1`) becomes IPv4, because
 * the same client must match the same rule on a dual-stack socket; a zone id (`fe80::1%eth0`) names an interface of
 * this machine, not the client, and is dropped. Octal, hexadecimal and short IPv4 forms are refused.
 *
 * @returns null when the text is not an address
 */
export function parseAddress(text: string): Address | null {
  const percent = text.indexOf('%')
  const bare = percent === -1 ? text : text.slice(0, percent)
  if (percent !== -1 && (!bare.includes(':') || percent === text.length - 1)) return null
  const plain = fourDecimals(bare)
  if (plain !== null) return plain
  if (!ipaddr.IPv6.isValid(bare)) return null
  const address = ipaddr.process(bare)
  return { family: address.kind() === 'ipv4' ? 4 : 6, text: address.toString(), bytes: address.toByteArray() }
}

/**
 * Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. Host bits must be zero: `10.0.0.1/8` is a typing error
 * more often than a wish, and guessing which would widen a rule.
 *
 * @returns the network, or the sentence that says what is wrong
 */
export function parseNetwork(text: string): Network | string {
  const slash = text.indexOf('/')
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash))
  if (address === null || text.includes('%')) return `"${text}" is not an IP address or CIDR block`
  const most = address.bytes.length * 8
  const bits = slash === -1 ? most : prefixLength(text, slash, most)
  if (bits === null) return `"${text}" needs a prefix length from 0 to ${most} after the slash`
  if (!hostBitsAreZero(address.bytes, bits)) {
    return `"${text}" has host bits set; write the first address of the block`
  }
  return {
    family: address.family,
    text: bits === most ? address.text : `${address.text}/${bits}`,
    bytes: address.bytes,
    bits,
  }
}

/** Whether an address lies in a network. Families never match each other. */
export function contains(network: Network, address: Address): boolean {
  if (network.family !== address.family) return false
  const whole = network.bits >> 3
  for (let i = 0; i < whole; i++) if (network.bytes[i] !== address.bytes[i]) return false
  const rest = network.bits & 7
  if (rest === 0) return true
  const mask = (0xff << (8 - rest)) & 0xff
  return ((network.bytes[whole] as number) & mask) === ((address.bytes[whole] as number) & mask)
}

/**
 * The family of which some networks leave no address out, such as 4 for `0.0.0.0/1` with `128.0.0.0/1`, or null. A rule
 * that names all of a family is none, however it is spelled.
 */
export function wholeFamily(networks: readonly Network[]): 4 | 6 | null {
  return ([4, 6] as const).find((family) => isWhole(networks.filter((it) => it.family === family))) ?? null
}

function isWhole(networks: readonly Network[]): boolean {
  let reached = 0n
  for (const { start, end } of networks.map(rangeOf).sort((a, b) => (a.start < b.start ? -1 : 1))) {
    if (start > reached) return false
    if (end > reached) reached = end
  }
  return networks[0] !== undefined && reached === 1n << BigInt(networks[0].bytes.length * 8)
}

function rangeOf({ bytes, bits }: Network): { readonly start: bigint; readonly end: bigint } {
  const start = bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n)
  return { start, end: start + (1n << BigInt(bytes.length * 8 - bits)) }
}

const FOUR_DECIMALS = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/

// Most addresses are of this form, and every request has one or two: a whole parser would cost more than their rules.
function fourDecimals(text: string): Address | null {
  const found = FOUR_DECIMALS.exec(text)
  if (found === null) return null
  const bytes = [Number(found[1]), Number(found[2]), Number(found[3]), Number(found[4])]
  return bytes.some((byte) => byte > 255) ? null : { family: 4, text, bytes }
}

// A mapped block (::ffff:0:0/96) was read as IPv4, so its length counts from the IPv4 part.
function prefixLength(text: string, slash: number, most: number): number | null {
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(digits)) return null
  const mapped = most === 32 && text.slice(0, slash).includes(':')
  const bits = Number(digits) - (mapped ? 96 : 0)
  return bits >= 0 && bits <= most ? bits : null
}

function hostBitsAreZero(bytes: readonly number[], bits: number): boolean {
  return bytes.every((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, bits - i * 8)))) === 0)
}
