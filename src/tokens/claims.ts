import { isObject } from './json.ts'

/** What a token is bound to (RFC 7800): a key that signs proofs, a certificate, or something that is not known here. */
export type Confirmation = {
  /** `jkt` (RFC 9449, section 6). */
  readonly key: string | null
  /** `x5t#S256` (RFC 8705, section 3). */
  readonly certificate: string | null
  readonly unknown: boolean
}

/** What a token says. Times are seconds since the epoch; what it does not say is null or empty. */
export type TokenClaims = {
  readonly issuer: string
  readonly subject: string
  readonly audience: readonly string[]
  readonly expiresAt: number
  readonly issuedAt: number
  readonly notBefore: number | null
  /** `jti`. */
  readonly id: string | null
  readonly clientId: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly roles: readonly string[]
  readonly organization: string | null
  /** `sid`. */
  readonly session: string | null
  /** `gid`: which grant it came from. */
  readonly grant: string | null
  readonly acr: string | null
  readonly amr: readonly string[]
  readonly authTime: number | null
  /** `act.sub` (RFC 8693, section 4.1). */
  readonly actor: string | null
  readonly confirmation: Confirmation | null
  /** All of it as it was signed. */
  readonly all: Readonly<Record<string, unknown>>
}

const MOST_NAMES = 256

/**
 * Reads the claims of a token (RFC 7519, section 4.1; RFC 9068, section 2.2).
 *
 * @returns in words what has another form than it must have
 */
export function readClaims(all: Readonly<Record<string, unknown>>): TokenClaims | string {
  const wrong = new Set<string>()
  const read = <T>(name: string, reader: (value: unknown) => T | undefined, absent: T): T => {
    if (!Object.hasOwn(all, name)) return absent
    const value = reader(all[name])
    if (value === undefined) wrong.add(name)
    return value ?? absent
  }
  const claims: TokenClaims = {
    issuer: read('iss', plainText, ''),
    subject: read('sub', plainText, ''),
    audience: read('aud', audience, NONE),
    expiresAt: read('exp', time, -1),
    issuedAt: read('iat', time, -1),
    notBefore: read<number | null>('nbf', time, null),
    id: read<string | null>('jti', plainText, null),
    clientId: read<string | null>('client_id', plainText, null),
    scopes: read('scope', scopes, NONE),
    permissions: read('permissions', names, NONE),
    roles: read('roles', names, NONE),
    organization: read<string | null>('org', plainText, null),
    session: read<string | null>('sid', plainText, null),
    grant: read<string | null>('gid', plainText, null),
    acr: read<string | null>('acr', plainText, null),
    amr: read('amr', names, NONE),
    authTime: read<number | null>('auth_time', time, null),
    actor: read<string | null>('act', actor, null),
    confirmation: read<Confirmation | null>('cnf', confirmation, null),
    all,
  }
  if (claims.subject === '') wrong.add('sub')
  if (claims.expiresAt < 0) wrong.add('exp')
  if (claims.issuedAt < 0) wrong.add('iat')
  return wrong.size === 0 ? Object.freeze(claims) : [...wrong].join(', ')
}

const NONE: readonly string[] = Object.freeze([])

// OpenID Connect Core 1.0, section 2: a subject has at most 255 ASCII characters. What is printed into headers and Events
// is plain here, so that it needs no care there.
function plainText(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value) ? value : undefined
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value) ? value : undefined
}

function names(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_NAMES) return undefined
  const words = value.map(word)
  return words.every((it) => it !== undefined) ? Object.freeze(words) : undefined
}

function audience(value: unknown): readonly string[] | undefined {
  return names(typeof value === 'string' ? [value] : value)
}

// RFC 6749, section 3.3: words with one space between. Nothing at all is how no scope is written.
function scopes(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'string') return undefined
  return value === '' ? NONE : names(value.split(' '))
}

function time(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= LAST_TIME ? value : undefined
}
const LAST_TIME = 253_402_300_799

function actor(value: unknown): string | undefined {
  return isObject(value) ? plainText(value.sub) : undefined
}

function confirmation(value: unknown): Confirmation | undefined {
  if (!isObject(value)) return undefined
  const { jkt = null, 'x5t#S256': certificate = null, ...rest } = value
  const isThumbprint = (it: unknown) => it === null || (typeof it === 'string' && /^[\w-]{43}$/.test(it))
  if (!isThumbprint(jkt) || !isThumbprint(certificate)) return undefined
  const unknown = Object.keys(rest).length > 0 || (jkt === null && certificate === null)
  return Object.freeze({ key: jkt as string | null, certificate: certificate as string | null, unknown })
}
