import { type Address, parseAddress } from '../../core/index.ts'

/** What the first bytes of a connection say of who is behind a proxy. */
export type ProxyHeader =
  | { readonly is: 'incomplete' }
  | { readonly is: 'bad'; readonly reason: string }
  /** `client` is null where the proxy speaks for itself, as for its health checks. `bytes`: how long it was. */
  | { readonly is: 'read'; readonly client: Address | null; readonly bytes: number }

const INCOMPLETE: ProxyHeader = Object.freeze({ is: 'incomplete' })
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const FIRST_LINE = Buffer.from('PROXY ', 'latin1')
/** The longest line of version 1, with its end. */
const LONGEST_LINE = 107
const FIXED = 16
/** The longest rest of version 2 that is taken: addresses, and what some proxies add. */
const LONGEST_REST = 2048

/** More bytes than any header that is taken. */
export const LONGEST_HEADER = FIXED + LONGEST_REST

/**
 * Reads a header of the PROXY protocol, version 1 or 2, from the start of a connection (HAProxy's specification of 2020,
 * section 2). TCP over IPv4 and IPv6 only. What is added to version 2 is skipped.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, SIGNATURE)) return bytes.length < FIXED ? INCOMPLETE : readSecond(bytes)
  if (startsLike(bytes, FIRST_LINE)) return readFirst(bytes)
  return bad('no header')
}

function readFirst(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf('\r\n')
  if (end === -1) return bytes.length < LONGEST_LINE ? INCOMPLETE : bad('line too long')
  const line = bytes.toString('latin1', 0, end)
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return read(null, end + 2)
  const [, family, source = '', target = '', from = '', to = ''] =
    /^PROXY TCP([46]) ([0-9a-fA-F.:]{2,39}) ([0-9a-fA-F.:]{2,39}) (\d{1,5}) (\d{1,5})$/.exec(line) ?? []
  const client = addressOf(source, Number(family))
  if (client === null || addressOf(target, Number(family)) === null) return bad('not two addresses of one family')
  return isPort(from) && isPort(to) ? read(client, end + 2) : bad('not two ports')
}

function readSecond(bytes: Buffer): ProxyHeader {
  const command = bytes.readUInt8(12)
  const kind = bytes.readUInt8(13)
  const rest = bytes.readUInt16BE(14)
  if (command !== 0x20 && command !== 0x21) return bad('another version or command')
  if (rest > LONGEST_REST) return bad('too long')
  const needed = command === 0x20 || kind === 0x00 ? 0 : ADDRESSES.get(kind)
  if (needed === undefined) return bad('neither TCP over IPv4 nor over IPv6')
  if (rest < needed) return bad('too short')
  if (bytes.length < FIXED + rest) return INCOMPLETE
  const client = needed === 0 ? null : addressIn(bytes.subarray(FIXED, FIXED + needed))
  return read(client, FIXED + rest)
}

/** How long the addresses and ports of each kind are: a stream over IPv4, over IPv6. */
const ADDRESSES: ReadonlyMap<number, number> = new Map([
  [0x11, 12],
  [0x21, 36],
])

function addressIn(block: Buffer): Address | null {
  if (block.length === 12) return parseAddress([...block.subarray(0, 4)].join('.'))
  const groups = Array.from({ length: 8 }, (_, i) => block.readUInt16BE(i * 2).toString(16))
  return parseAddress(groups.join(':'))
}

// One that is written as IPv6 and means IPv4 comes out as what it means; the words before it must say IPv6 all the same.
function addressOf(text: string, family: number): Address | null {
  return text.includes(':') === (family === 6) ? parseAddress(text) : null
}

function isPort(text: string): boolean {
  return String(Number(text)) === text && Number(text) <= 65_535
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.subarray(0, length).equals(start.subarray(0, length))
}

function read(client: Address | null, bytes: number): ProxyHeader {
  return { is: 'read', client, bytes }
}

function bad(reason: string): ProxyHeader {
  return { is: 'bad', reason }
}
