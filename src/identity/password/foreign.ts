import { bytesOf } from './base64.ts'

/** Kinds of hashes that passwords are compared with. Ours is `argon2id`; the others were brought from other systems. */
export type HashKind =
  | 'argon2id'
  | 'argon2i'
  | 'argon2d'
  | 'bcrypt'
  | 'scrypt'
  | 'pbkdf2-sha256'
  | 'pbkdf2-sha512'
  | 'django-pbkdf2-sha256'

/** A hash taken apart, with nothing in it that would cost more than we are willing to pay. */
export type KnownHash =
  | {
      readonly by: 'argon2'
      readonly kind: 'argon2id' | 'argon2i' | 'argon2d'
      /** 16 or 19. */
      readonly version: number
      /** KiB. */
      readonly memory: number
      readonly passes: number
      readonly lanes: number
      readonly salt: Uint8Array
      readonly tag: Uint8Array
    }
  | { readonly by: 'bcrypt'; readonly kind: 'bcrypt'; readonly cost: number; readonly text: string }
  | {
      readonly by: 'scrypt'
      readonly kind: 'scrypt'
      /** log2 of N. */
      readonly ln: number
      readonly blockSize: number
      readonly lanes: number
      readonly salt: Uint8Array
      readonly tag: Uint8Array
    }
  | {
      readonly by: 'pbkdf2'
      readonly kind: 'pbkdf2-sha256' | 'pbkdf2-sha512' | 'django-pbkdf2-sha256'
      readonly digest: 'sha256' | 'sha512'
      readonly iterations: number
      readonly salt: Uint8Array
      readonly tag: Uint8Array
    }

export type ForeignHash =
  | { readonly is: 'known'; readonly kind: HashKind; readonly hash: KnownHash }
  | { readonly is: 'refused'; readonly why: string }

/** The least and most of each parameter. The most bounds what one comparison costs: about a second, and 256 MiB. */
export const COSTS = {
  argon2: { memory: [8, 262_144], passes: [1, 16], lanes: [1, 16], work: 1_048_576 },
  bcrypt: { cost: [4, 14] },
  scrypt: { ln: [1, 20], blockSize: [1, 32], lanes: [1, 16], bytes: 268_435_456, work: 536_870_912 },
  pbkdf2: { iterations: [1000, 2_000_000] },
  salt: [4, 64],
  tag: [16, 64],
} as const

const LONGEST = 512
const MALFORMED = refuse('it begins like a hash of this kind and goes on otherwise')

type Reader = { readonly begins: RegExp; readonly form: RegExp; readonly read: (parts: Parts) => ForeignHash }
type Parts = Readonly<Record<string, string | undefined>>

// Base64 without padding, as PHC strings have it; passlib writes `.` for `+`.
const B64 = '[A-Za-z0-9+/.]+'

const READERS: readonly Reader[] = [
  {
    begins: /^\$argon2/,
    form: new RegExp(
      `^\\$(?<kind>argon2(?:id|i|d))(?:\\$v=(?<version>\\d{1,3}))?\\$m=(?<memory>\\d{1,10}),t=(?<passes>\\d{1,10}),p=(?<lanes>\\d{1,8})\\$(?<salt>${B64})\\$(?<tag>${B64})$`,
    ),
    read: readArgon2,
  },
  {
    begins: /^\$2[abxy]\$/,
    form: /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/,
    read: readBcrypt,
  },
  {
    begins: /^\$scrypt\$/,
    form: new RegExp(
      `^\\$scrypt\\$ln=(?<ln>\\d{1,3}),r=(?<blockSize>\\d{1,8}),p=(?<lanes>\\d{1,8})\\$(?<salt>${B64})\\$(?<tag>${B64}={0,2})$`,
    ),
    read: readScrypt,
  },
  {
    begins: /^\$pbkdf2-sha(256|512)\$/,
    form: new RegExp(
      `^\\$(?<kind>pbkdf2-(?<digest>sha(?:256|512)))\\$(?:i=)?(?<iterations>\\d{1,10})(?:,l=\\d{1,3})?\\$(?<salt>${B64})\\$(?<tag>${B64}={0,2})$`,
    ),
    read: ({ salt, ...parts }) => readPbkdf2(parts, bytesOf(salt ?? '')),
  },
  {
    begins: /^pbkdf2_sha256\$/,
    form: /^pbkdf2_sha256\$(?<iterations>\d{1,10})\$(?<salt>[^$]{1,64})\$(?<tag>[A-Za-z0-9+/]+={0,2})$/,
    // Django's salt is text, and is hashed as its bytes.
    read: ({ salt, ...parts }) =>
      readPbkdf2({ ...parts, kind: 'django-pbkdf2-sha256', digest: 'sha256' }, new TextEncoder().encode(salt)),
  },
]

/**
 * Reads a hash of a password: ours, or one that another system made. Refused is what we have no code for, and what would
 * cost a sign-in more than it may ({@link COSTS}): whoever brings hashes hears of it when they bring them.
 *
 * bcrypt looks at the first 72 bytes of a password and no further; brought hashes are compared so too, until the first
 * sign-in replaces them with one of the whole password.
 *
 * @example readForeignHash('$2b$12$…') // { is: 'known', kind: 'bcrypt', hash: … }
 */
export function readForeignHash(text: string): ForeignHash {
  if (text.length > LONGEST) return refuse(`it is longer than ${LONGEST} characters`)
  const reader = READERS.find(({ begins }) => begins.test(text))
  if (reader === undefined) return refuse('its kind is not known')
  const parts = reader.form.exec(text)
  return parts === null ? MALFORMED : reader.read({ ...parts.groups, text })
}

function readArgon2(parts: Parts): ForeignHash {
  const kind = parts.kind as 'argon2id' | 'argon2i' | 'argon2d'
  // Before there was a field for the version it was 16.
  const version = Number(parts.version ?? 16)
  const [memory, passes, lanes] = [Number(parts.memory), Number(parts.passes), Number(parts.lanes)]
  const { salt, tag } = saltAndTag(parts)
  const why =
    (version === 16 || version === 19 ? null : `its version is ${version}`) ??
    outside('its memory in KiB', memory, COSTS.argon2.memory) ??
    outside('its number of passes', passes, COSTS.argon2.passes) ??
    outside('its number of lanes', lanes, COSTS.argon2.lanes) ??
    (memory < 8 * lanes ? 'it has less than 8 KiB for each lane' : null) ??
    outside('its memory times its passes', memory * passes, [0, COSTS.argon2.work]) ??
    saltOrTagOutside(salt, tag, 8)
  return why === null ? known({ by: 'argon2', kind, version, memory, passes, lanes, salt, tag }) : refuse(why)
}

function readBcrypt(parts: Parts): ForeignHash {
  const cost = Number(parts.cost)
  const why = outside('its cost', cost, COSTS.bcrypt.cost)
  return why === null ? known({ by: 'bcrypt', kind: 'bcrypt', cost, text: parts.text ?? '' }) : refuse(why)
}

function readScrypt(parts: Parts): ForeignHash {
  const [ln, blockSize, lanes] = [Number(parts.ln), Number(parts.blockSize), Number(parts.lanes)]
  const { salt, tag } = saltAndTag(parts)
  const bytes = 128 * 2 ** ln * blockSize
  const why =
    outside('its ln', ln, COSTS.scrypt.ln) ??
    outside('its r', blockSize, COSTS.scrypt.blockSize) ??
    outside('its p', lanes, COSTS.scrypt.lanes) ??
    outside('its memory in bytes', bytes, [0, COSTS.scrypt.bytes]) ??
    outside('its memory times p', bytes * lanes, [0, COSTS.scrypt.work]) ??
    saltOrTagOutside(salt, tag)
  return why === null ? known({ by: 'scrypt', kind: 'scrypt', ln, blockSize, lanes, salt, tag }) : refuse(why)
}

function readPbkdf2(parts: Parts, salt: Uint8Array): ForeignHash {
  const kind = parts.kind as 'pbkdf2-sha256' | 'pbkdf2-sha512' | 'django-pbkdf2-sha256'
  const digest = parts.digest as 'sha256' | 'sha512'
  const iterations = Number(parts.iterations)
  const tag = bytesOf(parts.tag ?? '')
  const why = outside('its iterations', iterations, COSTS.pbkdf2.iterations) ?? saltOrTagOutside(salt, tag)
  return why === null ? known({ by: 'pbkdf2', kind, digest, iterations, salt, tag }) : refuse(why)
}

function saltAndTag(parts: Parts): { salt: Uint8Array; tag: Uint8Array } {
  return { salt: bytesOf(parts.salt ?? ''), tag: bytesOf(parts.tag ?? '') }
}

function saltOrTagOutside(salt: Uint8Array, tag: Uint8Array, leastSalt: number = COSTS.salt[0]): string | null {
  return (
    outside('its salt in bytes', salt.length, [leastSalt, COSTS.salt[1]]) ??
    outside('its hash in bytes', tag.length, COSTS.tag)
  )
}

function outside(what: string, value: number, [least, most]: readonly [number, number]): string | null {
  return value >= least && value <= most ? null : `${what}, ${value}, is not between ${least} and ${most}`
}

function known(hash: KnownHash): ForeignHash {
  return { is: 'known', kind: hash.kind, hash }
}

function refuse(why: string): ForeignHash {
  return { is: 'refused', why }
}
