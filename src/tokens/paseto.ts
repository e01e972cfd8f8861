import { type KeyObject, sign, verify } from 'node:crypto'
import { decodeStrictly } from './base64url.ts'
import { readJsonObject } from './json.ts'
import { isKeyName, type Jwt, LONGEST_TOKEN } from './jwt.ts'

// PASETO, version 4, "v4.public": one algorithm, Ed25519, and no header to choose another with.
const PREFIX = 'v4.public.'
const SIGNATURE_BYTES = 64

/** What the footer of an access token calls it, since PASETO has no place for a type. */
export const PASETO_TYPE = 'at+paseto'
const ACCESS_TOKEN = 'at+jwt'

/** Whether a text says that it is a PASETO v4.public. No JWT does. */
export function isPaseto(text: string): boolean {
  return text.startsWith(PREFIX)
}

/**
 * Signs a message as PASETO v4.public (PASETO, Version 4, section Sign).
 *
 * @param key an Ed25519 private key
 * @param footer is signed too, and readable
 * @param assertion is signed and not in the token: whoever verifies must know it
 * @example signPaseto(JSON.stringify(claims), privateKey, JSON.stringify({ kid }))
 */
export function signPaseto(message: string, key: KeyObject, footer = '', assertion = ''): string {
  requireEd25519(key)
  const body = Buffer.from(message)
  const signature = sign(null, preAuth([PREFIX, body, footer, assertion]), key)
  const token = PREFIX + Buffer.concat([body, signature]).toString('base64url')
  return footer === '' ? token : `${token}.${Buffer.from(footer).toString('base64url')}`
}

/** What a PASETO holds once its signature was verified. */
export type VerifiedPaseto = { readonly message: Buffer; readonly footer: Buffer }

/**
 * Verifies the signature of a PASETO v4.public (PASETO, Version 4, section Verify). What the message says is not judged.
 *
 * @param key an Ed25519 public key
 * @returns null for anything that is not signed by this key
 */
export function verifyPaseto(text: string, key: KeyObject, assertion = ''): VerifiedPaseto | null {
  requireEd25519(key)
  const parts = split(text)
  if (parts === null) return null
  const { message, footer, signature } = parts
  return verify(null, preAuth([PREFIX, message, footer, assertion]), key, signature) ? { message, footer } : null
}

/**
 * Takes a PASETO v4.public apart as the JWT that would say the same, so that one verifier asks the same of both. It is as
 * strict: canonical base64url, JSON objects without doubled members, bounded. The footer must name the key, as `kid`.
 *
 * @returns the parts, of which nothing is proved, or in words what is wrong
 */
export function readPaseto(text: string): Jwt | string {
  if (text.length > LONGEST_TOKEN) return `longer than ${LONGEST_TOKEN} characters`
  const parts = split(text)
  if (parts === null) return 'not a PASETO v4.public'
  const payload = readJsonObject(parts.message)
  const fields = readJsonObject(parts.footer)
  if (payload === null) return 'payload'
  if (fields === null) return 'footer'
  const { kid, typ } = fields
  if (!isKeyName(kid)) return 'kid is not a plain name'
  const header = { alg: 'EdDSA', kid, typ: typ === PASETO_TYPE ? ACCESS_TOKEN : null }
  return { header, fields, payload: withSeconds(payload) }
}

/** A public key as PASERK `k4.public` (PASERK, type public), which libraries for PASETO read. */
export function paserkOf(key: KeyObject): string {
  requireEd25519(key)
  return `k4.public.${key.export({ format: 'jwk' }).x}`
}

type Parts = { readonly message: Buffer; readonly signature: Buffer; readonly footer: Buffer }

function split(text: string): Parts | null {
  if (!isPaseto(text)) return null
  const [encoded, encodedFooter, ...more] = text.slice(PREFIX.length).split('.', 3)
  if (!encoded || encodedFooter === '' || more.length > 0) return null
  const body = decodeStrictly(encoded)
  const footer = decodeStrictly(encodedFooter ?? '')
  if (body === null || footer === null || body.length < SIGNATURE_BYTES) return null
  const end = body.length - SIGNATURE_BYTES
  return { message: body.subarray(0, end), signature: body.subarray(end), footer }
}

// Pre-authentication encoding: the number of the pieces, and before each its length, so that no two lists are one text.
function preAuth(pieces: readonly (string | Buffer)[]): Buffer {
  const parts = pieces.flatMap((piece) => {
    const bytes = Buffer.from(piece)
    return [numberOf(bytes.length), bytes]
  })
  return Buffer.concat([numberOf(pieces.length), ...parts])
}

function numberOf(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

const TIMES = ['exp', 'iat', 'nbf']
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

// PASETO writes times as ISO 8601 (Claims, section Registered Claims). One that is none becomes null, which no time is.
function withSeconds(payload: Jwt['payload']): Jwt['payload'] {
  const times = TIMES.filter((name) => Object.hasOwn(payload, name)).map((name) => [name, secondsOf(payload[name])])
  return { ...payload, ...Object.fromEntries(times) }
}

function secondsOf(value: unknown): number | null {
  if (typeof value !== 'string' || !MOMENT.test(value)) return null
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : at / 1000
}

function requireEd25519(key: KeyObject): void {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('PASETO v4.public needs an Ed25519 key')
}
