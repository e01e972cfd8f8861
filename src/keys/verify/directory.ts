import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../core/index.ts'
import { digestOf, type Peppers, sameDigest } from '../digest.ts'
import { readKey } from '../format.ts'
import type { VerificationCode } from '../problems.ts'
import type { Entry } from './entry.ts'

/** What a presented text turned out to be: a key whose secret is proved, or one of three kinds of nothing. */
export type Found =
  | { readonly is: 'proved'; readonly entry: Entry }
  | {
      readonly is: 'unproven'
      readonly code: Extract<VerificationCode, 'KEY_MALFORMED' | 'KEY_NOT_FOUND' | 'KEY_INVALID'>
    }

/** A record with what proves its key. */
export type Proof = { readonly entry: Entry; readonly digest: Uint8Array; readonly pepper: number }

/** What the directory needs to read, declared here so that tests can give it any source. */
export type KeySource = {
  readonly byId: (id: string) => Promise<Proof | null>
  readonly byDigest: (digest: Uint8Array) => Promise<Proof | null>
  readonly foreign?: ForeignSource
}

/** Where keys of other systems are found, whose texts have any form (row K5). */
export type ForeignSource = {
  /** Whether a text may be such a key; while none was imported, none is. */
  readonly mayBe: (text: string) => boolean
  readonly find: (text: string) => Promise<Proof | null>
}

export type Directory = {
  /** Finds the record of a presented key and proves the secret. A plain value when warm, a promise when it must read. */
  readonly find: (text: string) => Found | Promise<Found>
  /** Forgets one key, or all of them with null. */
  readonly forget: (id: string | null) => void
  /** Forgets every key of an owner. */
  readonly forgetOwner: (ownerId: string | null) => void
  readonly size: () => number
}

const REFUSED_REMEMBERED = 10_000
const REFUSED_FOR = 5_000

/**
 * The warm memory of proved keys (row K14). It is indexed by the SHA-256 of the whole text: who knows a text with that
 * digest knows the key, so a hit needs no further comparison, and the text itself is not kept. Records are proved once
 * with `HMAC(pepper, key)` in constant time. Texts that proved nothing are remembered apart and briefly, so that a flood
 * of them can neither push out good keys nor reach the database again and again.
 */
export function createDirectory(deps: {
  source: KeySource
  peppers: () => Peppers
  clock: Clock
  brand: string
  capacity: number
  onProved?: (text: string, proof: Proof) => void
}): Directory {
  // Holds exactly what `proved` holds: an entry out of reach of `forget` would outlive its revocation.
  const byId = new Map<string, Entry>()
  const proved = new LRUCache<string, Entry>({
    max: deps.capacity,
    dispose: (entry) => {
      if (byId.get(entry.key.id) === entry) byId.delete(entry.key.id)
    },
  })
  const refused = new LRUCache<string, { found: Found; until: number }>({ max: REFUSED_REMEMBERED })
  // Raised by every change; a read that began before it may not be remembered.
  let generation = 0

  function find(text: string): Found | Promise<Found> {
    const name = hash('sha256', text, 'base64')
    const entry = proved.get(name)
    if (entry !== undefined && isCurrent(entry, deps.clock)) return { is: 'proved', entry }
    const known = refused.get(name)
    if (known !== undefined && known.until > deps.clock.now()) return known.found
    return look(text, name)
  }

  async function look(text: string, name: string): Promise<Found> {
    const before = generation
    const proof = await prove(text)
    const found = verdict(text, proof)
    if (generation === before) remember(name, found)
    if (found.is === 'proved') deps.onProved?.(text, proof as Proof)
    return found
  }

  async function prove(text: string): Promise<Proof | 'malformed' | null> {
    const presented = readKey(text, deps.brand)
    if (presented.is === 'prefixed') return deps.source.byId(`key_${presented.id}`)
    const foreign = deps.source.foreign?.mayBe(text) === true ? deps.source.foreign : null
    if (presented.is === 'malformed' && foreign === null) return 'malformed'
    const peppers = deps.peppers()
    for (const version of peppers.byVersion.keys()) {
      const proof = await deps.source.byDigest(digestOf(peppers, version, text))
      if (proof !== null) return proof
    }
    return (await foreign?.find(text)) ?? (presented.is === 'malformed' ? 'malformed' : null)
  }

  function verdict(text: string, proof: Proof | 'malformed' | null): Found {
    if (proof === 'malformed') return { is: 'unproven', code: 'KEY_MALFORMED' }
    const peppers = deps.peppers()
    // An unknown id costs the same HMAC as a known one.
    const digest = digestOf(peppers, proof?.pepper ?? peppers.current, text)
    if (proof === null) return { is: 'unproven', code: 'KEY_NOT_FOUND' }
    return sameDigest(digest, proof.digest)
      ? { is: 'proved', entry: proof.entry }
      : { is: 'unproven', code: 'KEY_INVALID' }
  }

  function remember(name: string, found: Found): void {
    if (found.is === 'unproven') {
      refused.set(name, { found, until: deps.clock.now() + REFUSED_FOR })
      return
    }
    byId.set(found.entry.key.id, found.entry)
    proved.set(name, found.entry)
  }

  function forget(id: string | null): void {
    generation++
    refused.clear()
    for (const entry of id === null ? byId.values() : one(byId.get(id))) entry.stale = true
  }

  function forgetOwner(ownerId: string | null): void {
    generation++
    for (const entry of byId.values()) if (ownerId === null || entry.key.owner.id === ownerId) entry.stale = true
  }

  return Object.freeze({ find, forget, forgetOwner, size: () => proved.size })
}

/** Whether an entry says what is so now. */
export function isCurrent({ stale, holdsUntil }: Entry, clock: Clock): boolean {
  return !stale && (holdsUntil === Number.POSITIVE_INFINITY || holdsUntil > clock.now())
}

function one(entry: Entry | undefined): Entry[] {
  return entry === undefined ? [] : [entry]
}
