import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import type { Secret } from '../../core/index.ts'
import type { Hashed, Verified } from './answers.ts'
import { type KnownHash, readForeignHash } from './foreign.ts'
import { isTooLong, normalizePassword, readingsOf } from './normalize.ts'
import { isStale, PARAMETERS } from './parameters.ts'
import { createThreadPool } from './thread-pool.ts'

/** What a thread is asked, and what it answers: a new hash, or whether one of the readings fits. */
export type HashQuestion =
  | { readonly do: 'hash'; readonly password: string }
  | { readonly do: 'verify'; readonly readings: readonly string[]; readonly hash: KnownHash }
export type HashAnswer = string | boolean

/** Hashes and compares passwords on threads of its own. */
export type HashPool = {
  readonly hash: (password: Secret) => Promise<Hashed>
  readonly verify: (hash: string, password: Secret) => Promise<Verified>
  /** Never `right`. */
  readonly waste: (password: Secret) => Promise<Verified>
  readonly stop: () => Promise<void>
}

const MOST_THREADS = 4

// Compared with for an account that does not exist, so that the answer takes as long. No password has this tag.
const NOBODY: KnownHash = {
  by: 'argon2',
  kind: 'argon2id',
  ...PARAMETERS,
  salt: new Uint8Array(PARAMETERS.salt),
  tag: new Uint8Array(PARAMETERS.tag),
}

/**
 * @param threads null for one for each core, at most four
 * @param waiting how many may wait for a thread
 * @param onError told of threads that end and of hashes that cannot be read
 */
export function createHashPool(deps: {
  threads: number | null
  waiting: number
  onError: (error: unknown) => void
}): HashPool {
  const pool = createThreadPool<HashQuestion, HashAnswer>({
    file: new URL(`./hash-thread${extname(import.meta.url)}`, import.meta.url),
    threads: deps.threads ?? Math.min(MOST_THREADS, availableParallelism()),
    waiting: deps.waiting,
    onError: deps.onError,
  })

  async function hash(password: Secret): Promise<Hashed> {
    const text = password.reveal()
    if (isTooLong(text)) return { is: 'too-long' }
    const answer = await pool.ask({ do: 'hash', password: normalizePassword(text) })
    if (typeof answer === 'object') return answer
    return { is: 'hashed', hash: String(answer) }
  }

  async function verify(text: string, password: Secret): Promise<Verified> {
    const read = readForeignHash(text)
    if (read.is === 'known') return compare(read.hash, password)
    deps.onError(new Error(`a hash of a password cannot be read: ${read.why}`))
    return waste(password)
  }

  async function waste(password: Secret): Promise<Verified> {
    const answer = await compare(NOBODY, password)
    return answer.is === 'busy' ? answer : { is: 'wrong' }
  }

  async function compare(known: KnownHash, password: Secret): Promise<Verified> {
    const typed = password.reveal()
    if (isTooLong(typed)) return { is: 'wrong' }
    const answer = await pool.ask({ do: 'verify', readings: readingsOf(typed), hash: known })
    if (typeof answer === 'object') return answer
    return answer === true ? { is: 'right', stale: isStale(known) } : { is: 'wrong' }
  }

  return Object.freeze({ hash, verify, waste, stop: pool.stop })
}
