import { type Address, contains, type Network, parseAddress, parseNetwork } from '../core/index.ts'

const MOST_HOPS = 32

/** The other end of a connection, known once for all of its requests. */
export type Peer = {
  readonly address: Address
  readonly trusted: boolean
  /** What is known by TLS that ends here. Absent where none does. */
  readonly over?: Over
}

export type Over = {
  /** Whether a host may be asked for on this connection (RFC 9110, section 7.4). */
  readonly isFor: (host: string) => boolean
  /** The certificate that the client proved, as base64 of its DER form, as far as it is good now. */
  readonly certificate: () => ShownCertificate
}

export type ShownCertificate =
  | { readonly is: 'none' }
  | { readonly is: 'good'; readonly text: string }
  | { readonly is: 'bad'; readonly reason: string }
  /** It was good when the connection began; who vouches for it changed since. */
  | { readonly is: 'stale' }

export function peerOf(address: Address, trusted: readonly Network[], over?: Over): Peer {
  const peer = { address, trusted: isTrusted(address, trusted) }
  return over === undefined ? peer : { ...peer, over }
}

/** Reads the networks of the proxies whose headers are believed. @throws Error that names the one that is none */
export function readNetworks(trustedProxies: readonly string[]): readonly Network[] {
  return trustedProxies.map((text) => {
    const network = parseNetwork(text)
    if (typeof network === 'string') throw new Error(`trustedProxies: ${network}`)
    return network
  })
}

/**
 * Finds the client behind trusted proxies: from right to left, the first address that is not trusted. What stands
 * further left was written by strangers and is not looked at. Both header forms are read, and must agree: a proxy
 * writes one of them and passes the other through as the client sent it.
 *
 * @returns null when the headers do not name one client
 */
export function findClient(
  peer: Peer,
  forwarded: string | undefined,
  xForwardedFor: string | undefined,
  trusted: readonly Network[],
): Address | null {
  if (!peer.trusted || (forwarded === undefined && xForwardedFor === undefined)) return peer.address
  const byList = xForwardedFor === undefined ? undefined : walk(peer, listHops(xForwardedFor), trusted)
  const byElements = forwarded === undefined ? undefined : walk(peer, forwardedHops(forwarded), trusted)
  if (byList === null || byElements === null) return null
  if (byList !== undefined && byElements !== undefined && byList.text !== byElements.text) return null
  return byElements ?? byList ?? null
}

function walk(peer: Peer, hops: readonly string[] | null, trusted: readonly Network[]): Address | null {
  if (hops === null) return null
  let client = peer.address
  for (let i = hops.length - 1, seen = 0; i >= 0 && isTrusted(client, trusted); i--, seen++) {
    const address = seen < MOST_HOPS ? readHop(hops[i] as string) : null
    if (address === null) return null
    client = address
  }
  return client
}

function isTrusted(address: Address, trusted: readonly Network[]): boolean {
  return trusted.some((network) => contains(network, address))
}

function listHops(text: string): readonly string[] {
  return text.split(',').map((hop) => hop.trim())
}

/** The `for` of each element (RFC 7239, section 4). Null when an element has none or the text is not well-formed. */
function forwardedHops(text: string): readonly string[] | null {
  const hops: string[] = []
  for (const element of splitOutsideQuotes(text, ',')) {
    const pairs = splitOutsideQuotes(element, ';').map((pair) => pair.trim())
    const found = pairs.filter((pair) => /^for=/i.test(pair))
    if (found.length !== 1) return null
    hops.push((found[0] as string).slice(4).replace(/^"(.*)"$/, '$1'))
  }
  return hops
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = []
  let quoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '"') quoted = !quoted
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

// An address may carry a port: `192.0.2.1:8080`, `[2001:db8::1]:8080`.
function readHop(hop: string): Address | null {
  const inBrackets = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)
  if (inBrackets !== null) return parseAddress(inBrackets[1] as string)
  const withPort = /^([0-9.]+):\d{1,5}$/.exec(hop)
  return parseAddress(withPort === null ? hop : (withPort[1] as string))
}
