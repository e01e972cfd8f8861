import { hash } from 'node:crypto'
import type { Request } from '../../core/index.ts'

const LONGEST = 512
// What a browser sends with every request alike, whatever it asks for.
const TELLING = ['user-agent', 'accept-language', 'accept-encoding', 'sec-ch-ua', 'sec-ch-ua-platform']

/**
 * The fingerprint of the device that a request comes from: what the client supplies in a header, or derived from what its
 * browser tells. It is no proof of anything, for everybody may write what they like; it tells who changed.
 *
 * @param supplied the header's name in lower case; null derives it
 * @returns null where nothing is told
 */
export function fingerprintOf({ header, headerCount }: Request, supplied: string | null): string | null {
  if (supplied === null) {
    if (header('user-agent') === undefined) return null
    return shortened(TELLING.map((name) => header(name) ?? '').join('\n'))
  }
  const value = headerCount(supplied) === 1 ? (header(supplied) ?? '') : ''
  return value === '' || value.length > LONGEST ? null : shortened(value)
}

function shortened(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 16)
}
