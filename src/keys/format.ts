import { randomBytes, randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Secret } from '../core/index.ts'
import type { Environment, Format } from './key.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 24
const CHECKSUM_LENGTH = 6
/** No presented credential longer than this is looked at. */
export const LONGEST_KEY = 512

/** Random bits by environment: what is made unless told, and the least that is accepted (row K3). */
export const ENTROPY: Readonly<Record<Environment, { readonly made: number; readonly least: number }>> = {
  live: { made: 256, least: 128 },
  int: { made: 192, least: 96 },
  test: { made: 128, least: 64 },
  dev: { made: 128, least: 64 },
}

const UUID_BITS = 122

/** A key's text just made. The text exists here and in the answer to its creation, nowhere else. */
export type Minted = { readonly text: Secret; readonly hint: { readonly start: string; readonly end: string } }

/** What a presented text says of itself, before anybody looked it up. */
export type Presented =
  | { readonly is: 'prefixed'; readonly id: string; readonly environment: Environment }
  | { readonly is: 'other' }
  | { readonly is: 'malformed' }

/**
 * Random bits that a format carries in an environment; the caller refuses a format under the floor.
 *
 * @example bitsOf('uuid', 'live') // 122, under the floor of 128
 */
export function bitsOf(format: Format, environment: Environment): number {
  return format === 'uuid' ? UUID_BITS : ENTROPY[environment].made
}

/**
 * Makes a key's text (rows K1 and K2): `<brand>_<env>_<id><secret><checksum>` for `prefixed`, bare random otherwise.
 *
 * @param id the record's id without its prefix; it is public and finds the record in one read
 */
export function mint(format: Format, options: { brand: string; environment: Environment; id: string }): Minted {
  const text = MINTERS[format](options)
  const start =
    format === 'prefixed' ? `${options.brand}_${options.environment}_${options.id.slice(0, 6)}` : text.slice(0, 4)
  return { text: new Secret(text), hint: { start, end: text.slice(-4) } }
}

const MINTERS: Record<Format, (options: { brand: string; environment: Environment; id: string }) => string> = {
  prefixed: ({ brand, environment, id }) => {
    const body = `${brand}_${environment}_${id}${secretText(environment)}`
    return body + checksum(body)
  },
  hex: ({ environment }) => random(environment).toString('hex'),
  base64url: ({ environment }) => random(environment).toString('base64url'),
  segmented: ({ environment }) => (random(environment).toString('hex').match(/.{8}/g) as string[]).join('-'),
  uuid: () => randomUUID(),
}

/**
 * Reads a presented text without any look-up: its shape and, for our own format, the checksum, so that a typing error
 * or a look-alike never costs a read.
 */
export function readKey(text: string, brand: string): Presented {
  if (text.length === 0 || text.length > LONGEST_KEY) return MALFORMED
  if (!text.startsWith(brand) || text.charCodeAt(brand.length) !== UNDERSCORE) return otherFormat(text)
  const environment = SHAPES.find((shape) => text.startsWith(shape.name, brand.length + 1))
  if (environment === undefined) return MALFORMED
  const idAt = brand.length + environment.name.length + 1
  if (text.length !== idAt + environment.bodyLength) return MALFORMED
  const body = text.slice(0, -CHECKSUM_LENGTH)
  if (checksum(body) !== text.slice(-CHECKSUM_LENGTH)) return MALFORMED
  return { is: 'prefixed', id: text.slice(idAt, idAt + ID_LENGTH), environment: environment.environment }
}

/** Whether a text was meant as a key of ours, right or not: what must not be written down or passed on by mistake. */
export function looksLikeKey(text: string, brand: string): boolean {
  if (!text.startsWith(brand) || text.charCodeAt(brand.length) !== UNDERSCORE) return false
  return SHAPES.some((shape) => text.startsWith(shape.name, brand.length + 1))
}

/** {@link looksLikeKey} of any brand, for whoever does not know it. */
export function looksLikeAnyKey(text: string): boolean {
  return ANY_BRAND.test(text)
}

/** One regular expression that finds every key of ours in any text, for secret scanners (row K2). */
export function keyPattern(brand: string): string {
  const arms = SHAPES.map(
    ({ name, bodyLength }) => `${name}[0-9a-hjkmnp-tv-z]{${ID_LENGTH}}[0-9A-Za-z]{${bodyLength - ID_LENGTH}}`,
  )
  return `\\b${brand}_(?:${arms.join('|')})\\b`
}

const MALFORMED: Presented = Object.freeze({ is: 'malformed' })
const OTHER: Presented = Object.freeze({ is: 'other' })
const UNDERSCORE = 95

const ANY_BRAND = new RegExp(`^[a-z0-9]{1,8}_(${Object.keys(ENTROPY).join('|')})_`)

/** What follows the brand, by environment: its name and the length of the rest. */
export const SHAPES = (Object.keys(ENTROPY) as Environment[]).map((environment) => ({
  environment,
  name: `${environment}_`,
  bodyLength: ID_LENGTH + secretLength(environment) + CHECKSUM_LENGTH,
}))

// Shapes of the other formats, tight enough that a password or a token pasted by mistake is not looked up.
const OTHER_SHAPES = [
  /^[0-9a-f]{32,64}$/,
  /^[A-Za-z0-9_-]{22,43}$/,
  /^[0-9a-f]{8}(-[0-9a-f]{8}){3,7}$/,
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
]

function otherFormat(text: string): Presented {
  return OTHER_SHAPES.some((shape) => shape.test(text)) ? OTHER : MALFORMED
}

function random(environment: Environment): Buffer {
  return randomBytes(ENTROPY[environment].made / 8)
}

function secretLength(environment: Environment): number {
  return Math.ceil(ENTROPY[environment].made / Math.log2(BASE62.length))
}

// The whole number is written in base 62, so no bit is lost and no character is favoured by a modulo.
function secretText(environment: Environment): string {
  return base62(BigInt(`0x${random(environment).toString('hex')}`), secretLength(environment))
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_LENGTH)
}

function base62(number: bigint, length: number): string {
  let rest = number
  let text = ''
  for (let i = 0; i < length; i++) {
    text = BASE62.charAt(Number(rest % 62n)) + text
    rest /= 62n
  }
  return text
}
