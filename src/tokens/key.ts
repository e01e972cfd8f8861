import type { Clock } from '../core/index.ts'
import type { Algorithm } from './algorithm.ts'
import { algorithmsOf, faultOfJwk, type Jwk } from './jwk.ts'
import { isKeyName } from './jwt.ts'

type Jose = typeof import('jose')
type CryptoKey = Exclude<Awaited<ReturnType<Jose['importJWK']>>, Uint8Array>

/** A public key, imported once, for one algorithm. */
export type VerificationKey = { readonly algorithm: Algorithm; readonly key: CryptoKey }

/** The keys of one issuer, by name. */
export type KeySource = {
  /**
   * Finds a key. Answers the same object as long as the issuer has that key, and at once when it is known.
   *
   * @returns null when the issuer has no such key, or none that may be used
   * @throws when the keys cannot be had
   */
  readonly find: (kid: string, algorithm: Algorithm) => VerificationKey | null | Promise<VerificationKey | null>
}

/** A set of keys as its issuer publishes it (RFC 7517, section 5). */
export type Jwks = { readonly keys: readonly unknown[] }

const MOST_KEYS = 100

/** The usable keys of a set, imported when they are first asked for. */
export type KeySet = {
  readonly find: (kid: string, algorithm: Algorithm) => VerificationKey | null | Promise<VerificationKey | null>
  readonly has: (kid: string) => boolean
}

/**
 * Makes a set of keys to verify with. Keys without a name are left away, and those whose name is not theirs alone: which
 * of them is meant would be for an attacker to choose.
 *
 * @param before the set that this one replaces; keys that did not change stay the same objects
 */
export function keySetOf({ keys }: Jwks, before: KeySetInside | null = null): KeySetInside {
  const byName = new Map<string, Entry>()
  const ambiguous = new Set<string>()
  for (const jwk of keys.slice(0, MOST_KEYS)) {
    const kid = (jwk as Jwk | null)?.kid
    if (!isKeyName(kid)) continue
    if (byName.has(kid)) ambiguous.add(kid)
    byName.set(kid, entryOf(jwk as Jwk, before?.entries.get(kid)))
  }
  for (const kid of ambiguous) byName.delete(kid)
  return {
    entries: byName,
    has: (kid) => byName.has(kid),
    find: (kid, algorithm) => {
      const entry = byName.get(kid)
      return entry === undefined ? null : keyOf(entry, algorithm)
    },
  }
}

type Entry = {
  readonly jwk: Jwk
  readonly text: string
  readonly imported: Map<Algorithm, VerificationKey | null | Promise<VerificationKey | null>>
}
export type KeySetInside = KeySet & { readonly entries: ReadonlyMap<string, Entry> }

function entryOf(jwk: Jwk, before: Entry | undefined): Entry {
  const text = JSON.stringify(jwk)
  return before?.text === text ? before : { jwk, text, imported: new Map() }
}

function keyOf(
  { jwk, imported }: Entry,
  algorithm: Algorithm,
): VerificationKey | null | Promise<VerificationKey | null> {
  const known = imported.get(algorithm)
  if (known !== undefined) return known
  if (!algorithmsOf(jwk, [algorithm]).includes(algorithm)) return null
  const importing = importPublic(jwk, algorithm).then((key) => {
    imported.set(algorithm, key)
    return key
  })
  imported.set(algorithm, importing)
  return importing
}

/**
 * Checks a public key and makes it ready.
 *
 * @returns null for a key that must not be used with this algorithm
 */
export async function importPublic(jwk: Jwk, algorithm: Algorithm): Promise<VerificationKey | null> {
  if (faultOfJwk(jwk, algorithm) !== null) return null
  try {
    // Only what makes the key: `ext`, `x5c` and the like are not for the importer to weigh.
    const { kty, crv, x, y, n, e } = jwk as Readonly<Record<string, string>>
    const parts = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
    const { importJWK } = await import('jose')
    const key = await importJWK(parts as Parameters<Jose['importJWK']>[0], algorithm)
    return key instanceof Uint8Array ? null : Object.freeze({ algorithm, key })
  } catch {
    // Such as a point that is not on its curve.
    return null
  }
}

/** Milliseconds between two looks for a key that is not there: who makes up names must not keep us busy. */
const PAUSE = 1_000

/**
 * The keys of an issuer in this same process.
 *
 * @param jwks answers the same object as long as nothing changed
 * @param renew has the set read again, when a token names a key that is not in it: another process may have made one
 */
export function localKeys(
  jwks: () => Jwks,
  renew?: { readonly refresh: () => Promise<void>; readonly clock: Clock },
): KeySource {
  let last: Jwks | null = null
  let set: KeySetInside = keySetOf({ keys: [] })
  let renewedAt = Number.NEGATIVE_INFINITY
  let renewing: Promise<void> | null = null

  function current(): KeySetInside {
    const now = jwks()
    if (now === last) return set
    last = now
    set = keySetOf(now, set)
    return set
  }

  function renewed(): Promise<void> | null {
    if (renewing !== null || renew === undefined) return renewing
    const now = renew.clock.now()
    if (Math.abs(now - renewedAt) < PAUSE) return null
    renewedAt = now
    renewing = renew.refresh().finally(() => {
      renewing = null
    })
    return renewing
  }

  return Object.freeze({
    find: (kid: string, algorithm: Algorithm) => {
      const keys = current()
      const later = keys.has(kid) ? null : renewed()
      return later === null ? keys.find(kid, algorithm) : later.then(() => current().find(kid, algorithm))
    },
  })
}
