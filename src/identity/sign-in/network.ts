import { parseAddress } from '../../core/index.ts'

/**
 * The neighbourhood of an address, which one attacker may have to themselves: /24 of IPv4, /48 of IPv6. Locks and changes
 * of network go by it. Without an address it is one neighbourhood of its own.
 */
export function networkOf(text: string | null): string {
  const address = text === null ? null : parseAddress(text)
  if (address === null) return 'unknown'
  const { family, bytes } = address
  return `${family}:${Buffer.from(bytes.slice(0, family === 4 ? 3 : 6)).toString('hex')}`
}
