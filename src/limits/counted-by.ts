import { hash } from 'node:crypto'
import type { Address, Exchange, Principal } from '../core/index.ts'

/** What a verified token of a principal says, or null where it is not known by a token. */
export type ClaimsOf = (principal: Principal) => {
  readonly issuer: string
  readonly all: Readonly<Record<string, unknown>>
} | null

/** What is counted together: one part or several, which are then counted by each combination. */
export type Counted = {
  /** Parts joined by `+`: `key`, `principal`, `organization`, `address`, `route`, `header:NAME`, `claim:NAME`, `claim`. */
  readonly by: string
  /** The names on the way to the claim that a plain `claim` means. */
  readonly claim?: readonly string[] | null
}

type Read = (exchange: Exchange) => string

const PART = /^(key|principal|organization|address|route|claim|header:[A-Za-z][A-Za-z0-9-]{0,63}|claim:[\w.-]{1,64})$/
/** Longer values of a header are not told apart. */
const LONGEST_HEADER = 256
/** 132 bits: nobody finds two values that are counted together, and what is stored tells nothing of them. */
const DIGEST = 22

/**
 * Makes what puts the key of an exchange together. The kind of each part is in its text, so that an address is never
 * taken for a key. Who is not known by a part is counted by something narrower or shared, and never goes uncounted:
 *
 * - without a key, principal or organization: by address;
 * - without the header, or with one of over 256 characters: all such requests together, since anybody can leave it out;
 * - without the claim (another credential, another kind of value): by principal, who was proved and cannot be made up.
 *
 * @throws RangeError for parts that nothing could be counted by
 */
export function createKeyOf({ by, claim }: Counted, route: string, claimsOf: ClaimsOf): Read {
  const reads = by.split('+').map((part) => readOf(part, claim ?? null, claimsOf))
  const [one] = reads
  if (one !== undefined && reads.length === 1) return (exchange) => route + one(exchange)
  return (exchange) => {
    let text = route
    for (const read of reads) text += read(exchange)
    return text
  }
}

/** The kinds of parts in the order written, as callers are told of them: `key+header`. */
export function kindsOf(by: string): string {
  return by.includes(':') ? by.replaceAll(/:[^+]*/g, '') : by
}

/** What an address is counted by: itself, or for IPv6 its first 64 bits. */
export function addressKey(address: Address): string {
  if (address.family === 4) return address.text
  return `${Buffer.from(address.bytes.slice(0, 8)).toString('hex')}/64`
}

function readOf(part: string, path: readonly string[] | null, claimsOf: ClaimsOf): Read {
  if (!PART.test(part)) throw new RangeError(`"${part}" is nothing to count by`)
  const [kind, name] = part.split(':') as [string, string?]
  if (kind === 'header') return headerRead((name as string).toLowerCase())
  if (kind !== 'claim') return READS[kind] as Read
  const names = name === undefined ? path : [name]
  if (names === null || names.length === 0) throw new RangeError('a limit by claim names no claim')
  return claimRead(names, claimsOf)
}

const address: Read = ({ request }) => ` address ${addressKey(request.client)}`
const orAddress =
  (kind: string, idOf: (principal: Principal) => string | null): Read =>
  (exchange) => {
    const id = idOf(exchange.principal)
    return id === null ? address(exchange) : ` ${kind} ${id}`
  }

const principal = orAddress('principal', ({ kind, id }) => (kind === 'anonymous' ? null : id))

const READS: Readonly<Record<string, Read>> = {
  key: orAddress('key', ({ credential }) => credential?.client ?? credential?.id ?? null),
  principal,
  organization: orAddress('organization', ({ organization }) => organization),
  address,
  route: () => ' route ',
}

function headerRead(name: string): Read {
  const start = ` header ${name} `
  return ({ request }) => {
    const value = request.header(name)
    const known = value !== undefined && value.length <= LONGEST_HEADER
    return known ? start + digest(value) : `${start}-`
  }
}

function claimRead(path: readonly string[], claimsOf: ClaimsOf): Read {
  return (exchange) => {
    const said = claimsOf(exchange.principal)
    const value = said === null ? null : valueAt(said.all, path)
    // What one issuer calls "a" is not what another calls so.
    return value === null ? principal(exchange) : ` claim ${digest(JSON.stringify([said?.issuer, path, value]))}`
  }
}

type Plain = string | number | boolean

function valueAt(all: Readonly<Record<string, unknown>>, path: readonly string[]): Plain | null {
  let value: unknown = all
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return null
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, DIGEST)
}
