import { type Fault, fault, type IpRange } from './value.ts'

const PREFIX = /^(0|[1-9]\d{0,2})$/
const PART4 = /^(0|[1-9]\d{0,2})$/
const PART6 = /^[0-9a-fA-F]{1,4}$/
const WIDTH = { 4: 32, 6: 128 } as const

/** An address or a range as Cedar reads it: no leading zeros, no zones, no IPv4 inside IPv6. */
export function readIp(text: string): IpRange | Fault {
  const [address = '', prefix, ...more] = text.split('/')
  const family = address.includes(':') ? 6 : 4
  const bits = family === 6 ? bitsOf6(address) : bitsOf4(address)
  const length = prefix === undefined ? WIDTH[family] : PREFIX.test(prefix) ? Number(prefix) : Number.NaN
  const isRight = bits !== null && length <= WIDTH[family] && more.length === 0
  return isRight ? { kind: 'ip', family, bits, prefix: length } : fault(`invalid IP address: ${text}`)
}

function bitsOf4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => PART4.test(part) && Number(part) <= 255)) return null
  return parts.reduce((bits, part) => bits * 256n + BigInt(part), 0n)
}

function bitsOf6(text: string): bigint | null {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const parts = halves.flat()
  if (halves.length > 2 || !parts.every((part) => PART6.test(part))) return null
  const [head = [], tail] = halves
  if (tail === undefined) return parts.length === 8 ? bitsOfGroups(parts) : null
  if (parts.length > 7) return null
  return bitsOfGroups([...head, ...Array.from({ length: 8 - parts.length }, () => '0'), ...tail])
}

function bitsOfGroups(groups: readonly string[]): bigint {
  return groups.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n)
}

/** Whether all of one range lies in the other. Ranges of different families never do. */
export function isInRange(inner: IpRange, outer: IpRange): boolean {
  if (inner.family !== outer.family || inner.prefix < outer.prefix) return false
  const shift = BigInt(WIDTH[outer.family] - outer.prefix)
  return inner.bits >> shift === outer.bits >> shift
}

const LOOPBACK = { 4: range(4, 127n << 24n, 8), 6: range(6, 1n, 128) }
const MULTICAST = { 4: range(4, 224n << 24n, 4), 6: range(6, 0xffn << 120n, 8) }

export function isLoopback(ip: IpRange): boolean {
  return isInRange(ip, LOOPBACK[ip.family])
}

export function isMulticast(ip: IpRange): boolean {
  return isInRange(ip, MULTICAST[ip.family])
}

function range(family: 4 | 6, bits: bigint, prefix: number): IpRange {
  return { kind: 'ip', family, bits, prefix }
}
