import { createHash, timingSafeEqual } from 'node:crypto'
import { parseDictionary } from './field.ts'

/** The digests that are believed (RFC 9530, section 5); the others in its registry are broken. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
])

/**
 * Why a `Content-Digest` (RFC 9530, section 2) is not that of these bytes, or null where it is. All digests in it that can be
 * believed must be right, and there must be one.
 */
export function digestFault(header: string, bytes: Uint8Array): string | null {
  const members = header.length > 1024 ? null : parseDictionary(header, { once: true })
  if (members === null) return 'not a digest'
  const known = [...members].filter(([name]) => HASHES.has(name))
  if (known.length === 0) return 'neither sha-256 nor sha-512'
  for (const [name, member] of known) {
    if (!('item' in member) || member.item.is !== 'bytes' || member.parameters.size > 0) return 'not a digest'
    if (!isSame(hashOf(HASHES.get(name) as string, bytes), member.item.value)) return `${name} of other bytes`
  }
  return null
}

/** The `Content-Digest` of a body. @example contentDigest(Buffer.from('{}')) // 'sha-256=:RBNvo1…:' */
export function contentDigest(bytes: Uint8Array): string {
  return `sha-256=:${hashOf('sha256', bytes).toString('base64')}:`
}

function hashOf(name: string, bytes: Uint8Array): Buffer {
  return createHash(name).update(bytes).digest()
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
