import { hash } from 'node:crypto'
import { looksLikeKey, readKey } from '../format.ts'

/** How a key of another system was brought here: by its text, or by the hash that the other system kept. */
export type ForeignKind = 'value' | 'sha256' | 'bcrypt'

/** A hash of another system, in the form in which it is stored and looked for. */
export type ForeignHash =
  | { readonly kind: 'sha256'; readonly hash: string }
  | { readonly kind: 'bcrypt'; readonly hash: string; readonly cost: number }

/** Characters of a key of another system. A shorter one could be guessed. */
export const FOREIGN_LENGTH = { least: 16, most: 512 } as const
/** bcrypt looks at no more bytes; what lies beyond would prove nothing. */
export const BCRYPT_BYTES = 72
/** Characters of the visible start, by which a key with a bcrypt hash is found. */
export const PREFIX_LENGTH = { least: 8, most: 32 } as const

const PRINTABLE = /^[\x21-\x7e]+$/
const LEAST_DISTINCT = 8
// Above, one comparison takes longer than a request should; below, the hash is no protection.
const BCRYPT_COST = { least: 4, most: 12 } as const
const BCRYPT = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/
const HEX = /^[0-9a-f]{64}$/i
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/

/** Whether a text could be a key of another system at all: the least that is asked before anything is looked up. */
export function mayBeForeign(text: string, brand: string): boolean {
  const { least, most } = FOREIGN_LENGTH
  return text.length >= least && text.length <= most && PRINTABLE.test(text) && !looksLikeKey(text, brand)
}

/** What is wrong with the text of a key that is imported by value, as the rest of a sentence, or null. */
export function foreignTextFault(text: string, brand: string): string | null {
  const { least, most } = FOREIGN_LENGTH
  if (text.length < least || text.length > most) return `must have ${least} to ${most} characters`
  if (!PRINTABLE.test(text)) return 'must be printable ASCII without spaces'
  if (readKey(text, brand).is === 'prefixed') return null
  if (looksLikeKey(text, brand)) return 'begins like a key of ours and is none: its checksum is wrong'
  if (new Set(text).size < LEAST_DISTINCT) return `must have at least ${LEAST_DISTINCT} different characters`
  return null
}

/**
 * Reads the hash of another system: SHA-256 of the whole key as hexadecimal, base64 or base64url; bcrypt as its string.
 *
 * @returns the hash, or the rest of a sentence that says what is wrong
 */
export function readForeignHash(algorithm: 'sha256' | 'bcrypt', value: string): ForeignHash | string {
  if (algorithm === 'bcrypt') return readBcrypt(value)
  if (HEX.test(value)) return { kind: 'sha256', hash: value.toLowerCase() }
  if (!BASE64.test(value)) return 'must be the SHA-256 of the whole key, as hexadecimal, base64 or base64url'
  return { kind: 'sha256', hash: Buffer.from(value, 'base64').toString('hex') }
}

function readBcrypt(value: string): ForeignHash | string {
  const cost = Number(BCRYPT.exec(value)?.[1] ?? Number.NaN)
  if (Number.isNaN(cost)) return 'must be a bcrypt hash, such as $2b$10$ and 53 characters'
  const { least, most } = BCRYPT_COST
  if (cost < least || cost > most) return `must have a cost of ${least} to ${most}, not ${cost}`
  return { kind: 'bcrypt', hash: value, cost }
}

export function sha256Of(text: string): string {
  return hash('sha256', text, 'hex')
}

/** Every start that a key could have been imported with, longest first. */
export function startsOf(text: string): string[] {
  const most = Math.min(PREFIX_LENGTH.most, text.length)
  return Array.from({ length: most - PREFIX_LENGTH.least + 1 }, (_, i) => text.slice(0, most - i))
}
