import type { Clock } from '../core/index.ts'
import type { Algorithm } from './algorithm.ts'
import { isObject } from './json.ts'
import { type Jwks, type KeySetInside, type KeySource, keySetOf, type VerificationKey } from './key.ts'

/**
 * Reads what is at an address, and follows no redirect.
 *
 * @param most bytes that an answer may have
 * @throws when it cannot be read, is larger, or is anything but a success
 */
export type ReadAddress = (address: string, most: number) => Promise<Uint8Array>

/** Bytes that a set of keys may have. */
const LARGEST_SET = 131_072

/** Milliseconds between two attempts while there is no set at all. */
const FIRST_PAUSE = 2_000

export type RemoteKeysOptions = {
  /** Where the issuer publishes its keys. It comes from the configuration, never from a token. */
  readonly address: string
  readonly read: ReadAddress
  readonly clock: Clock
  /** Milliseconds after which the set is read again. Ten minutes unless told otherwise. */
  readonly freshFor?: number
  /** Milliseconds for which the last set is believed while it cannot be read. One hour unless told otherwise. */
  readonly keptFor?: number
  /** Milliseconds between two attempts, whatever unknown names are asked for. 30 seconds unless told otherwise. */
  readonly pause?: number
  /** Told of an attempt that failed while nobody waited for it. */
  readonly onError?: (error: unknown) => void
}

/**
 * The keys of an issuer elsewhere. The set is read when it is first needed, when it has become old, and when a token names
 * a key that is not in it; never more often than `pause` allows, and never twice at once, so that strangers with made-up
 * names cannot make us ask. While the issuer does not answer, the last set stays for `keptFor`, and no longer: a key that
 * was taken back must end.
 *
 * @throws (from `find`) when there is no set that may be believed and none can be read
 * @example
 * const keys = remoteKeys({ address: 'https://login.example.com/jwks', read, clock })
 */
export function remoteKeys(options: RemoteKeysOptions): KeySource {
  const { address, read, clock, freshFor = 600_000, keptFor = 3_600_000, pause = 30_000 } = options
  let set: KeySetInside | null = null
  let readAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null

  return Object.freeze({
    find: (kid: string, algorithm: Algorithm) => {
      const age = clock.now() - readAt
      // A clock that was set back must not make an old set look young.
      if (set === null || age >= keptFor || age < 0) return refresh().then(() => findFresh(kid, algorithm))
      const mayRead = clock.now() - triedAt >= pause
      if (set.has(kid)) {
        if (age >= freshFor && mayRead) refresh().catch(report)
        return set.find(kid, algorithm)
      }
      return mayRead || reading !== null ? refresh().then(() => findFresh(kid, algorithm), known) : null
    },
  })

  function findFresh(kid: string, algorithm: Algorithm): VerificationKey | null | Promise<VerificationKey | null> {
    return set?.find(kid, algorithm) ?? null
  }

  // The set at hand is still good: it just has no key of that name.
  function known(error: unknown): null {
    report(error)
    return null
  }

  function report(error: unknown): void {
    options.onError?.(error)
  }

  function refresh(): Promise<void> {
    if (reading !== null) return reading
    const now = clock.now()
    // Without any keys nobody gets in, so it is tried sooner.
    const wait = set === null ? Math.min(pause, FIRST_PAUSE) : pause
    if (now - triedAt < wait && now >= triedAt) return Promise.reject(new Error(`the keys at ${address} are not there`))
    triedAt = now
    reading = read(address, LARGEST_SET)
      .then((bytes) => {
        set = keySetOf(jwksOf(bytes), set)
        readAt = clock.now()
      })
      .finally(() => {
        reading = null
      })
    return reading
  }
}

function jwksOf(bytes: Uint8Array): Jwks {
  const value = bytes.byteLength > LARGEST_SET ? null : parse(bytes)
  if (!isObject(value) || !Array.isArray(value.keys)) throw new Error('what is published there is no set of keys')
  return { keys: value.keys }
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
}
