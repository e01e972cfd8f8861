import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { decrypt, encrypt } from './envelope.ts'

const SHORTEST = 32
const LONGEST = 64
const FEWEST_DISTINCT = 12
const HOW_TO_MAKE = 'Make one with: openssl rand -base64 32'

/** A master key ready for use: it seals data keys and nothing else. */
export type Master = {
  /** Says which key it is without telling anything of it. */
  readonly id: string
  readonly wrap: (plain: Uint8Array, bound: readonly string[]) => Buffer
  /** @returns null when it was not sealed by this key for this use */
  readonly unwrap: (sealed: Uint8Array, bound: readonly string[]) => Buffer | null
}

/** Derives what is needed from the bytes of a master key (HKDF, RFC 5869), so that its id reveals nothing of the rest. */
export function masterOf(bytes: Uint8Array): Master {
  const key: KeyObject = createSecretKey(derive(bytes, 'sallyport master wrap', 32))
  const id = derive(bytes, 'sallyport master id', 12).toString('base64url')
  return Object.freeze({
    id,
    wrap: (plain: Uint8Array, bound: readonly string[]) => encrypt(key, plain, [id, ...bound]),
    unwrap: (sealed: Uint8Array, bound: readonly string[]) => decrypt(key, sealed, [id, ...bound]),
  })
}

/**
 * Reads a master key: 32 to 64 bytes in hexadecimal, base64 or base64url.
 *
 * @param from where it came from, for the sentence
 * @throws when it cannot be read or nobody would draw it at random; the sentence never holds the key
 */
export function parseMasterKey(text: string, from: string): Buffer {
  const bytes = decode(text.trim())
  if (bytes === null || bytes.length < SHORTEST || bytes.length > LONGEST) {
    throw new Error(`${from} must hold 32 random bytes in base64 or hexadecimal. ${HOW_TO_MAKE}`)
  }
  if (isWeak(bytes)) {
    throw new Error(`${from} holds a pattern, not a random key; anybody could guess it. ${HOW_TO_MAKE}`)
  }
  return bytes
}

function decode(text: string): Buffer | null {
  if (/^([0-9a-f]{2})+$/i.test(text) && text.length >= SHORTEST * 2) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) && !/^[A-Za-z0-9_-]+={0,2}$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  const bare = (encoding: 'base64' | 'base64url') => bytes.toString(encoding).replace(/=+$/, '')
  const given = text.replace(/=+$/, '')
  return given === bare('base64') || given === bare('base64url') ? bytes : null
}

// 32 random bytes with fewer than 12 different values, or that count up, happen less than once in 2^80 draws.
function isWeak(bytes: Buffer): boolean {
  if (new Set(bytes).size < FEWEST_DISTINCT) return true
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) & 0xff
  if (bytes.every((byte, i) => i === 0 || ((byte - (bytes[i - 1] ?? 0)) & 0xff) === step)) return true
  const half = bytes.length / 2
  return Number.isInteger(half) && bytes.subarray(0, half).equals(bytes.subarray(half))
}

function derive(bytes: Uint8Array, label: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, Buffer.alloc(0), label, length))
}
