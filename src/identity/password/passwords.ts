import type { Secret } from '../../core/index.ts'
import type { About, Breached, Generated, Hashed, Judgement, Used, Verified } from './answers.ts'
import { createBreaches } from './breach.ts'
import { generateCharacters } from './generate.ts'
import { createHashPool } from './hash-pool.ts'
import { wasUsed } from './history.ts'
import { judgePassword } from './judge.ts'
import type { PasswordSettings } from './settings.ts'
import { createStrengthPool, type StrengthPool } from './strength-pool.ts'

/** Everything that is done with the text of a password. None of it touches the database. */
export type Passwords = {
  /** What is wrong with a new password. Asks neither the history nor the list of breached ones. */
  readonly judge: (password: Secret, about: About) => Promise<Judgement>
  /** A hash to keep: argon2id as a PHC string. */
  readonly hash: (password: Secret) => Promise<Hashed>
  /** Compares with a hash of ours, or with one that was brought from another system (see `readForeignHash`). */
  readonly verify: (hash: string, password: Secret) => Promise<Verified>
  /** Does the work of a comparison with nothing to compare, for an account that does not exist. Never `right`. */
  readonly waste: (password: Secret) => Promise<Verified>
  /** Whether it is one of the last passwords: newest hash first. At most `settings.history` of them are compared. */
  readonly wasUsed: (password: Secret, hashes: readonly string[]) => Promise<Used>
  /** Whether it stands in the list of breached passwords. */
  readonly breached: (password: Secret) => Promise<Breached>
  /** A password that nobody guesses. */
  readonly generate: (kind: 'characters' | 'words') => Promise<Generated>
  /** Ends the threads and connections; what waits is answered `busy`. */
  readonly stop: () => Promise<void>
}

export type PasswordDeps = {
  readonly settings: PasswordSettings
  /** Told of threads that end and of hashes that cannot be read. */
  readonly onError: (error: unknown) => void
}

/**
 * Starts nothing: threads and connections are there when the first password is.
 *
 * @throws Error when breached passwords are looked up in a file and none is named
 */
export function createPasswords({ settings, onError }: PasswordDeps): Passwords {
  const { threads, waiting, minScore, history } = settings
  const pool = createHashPool({ threads, waiting, onError })
  const strength = createStrengthPool({ waiting, onError })
  const breaches = createBreaches(settings.breach)

  return Object.freeze({
    judge: (password: Secret, about: About) => judgePassword(password, about, { minScore, strengthOf: strength.judge }),
    hash: pool.hash,
    verify: pool.verify,
    waste: pool.waste,
    wasUsed: (password: Secret, hashes: readonly string[]) => wasUsed(password, hashes, history, pool.verify),
    breached: breaches.look,
    generate: (kind: 'characters' | 'words') => generate(kind, strength),
    stop: async () => {
      await Promise.all([pool.stop(), strength.stop(), breaches.stop()])
    },
  })
}

async function generate(kind: 'characters' | 'words', strength: StrengthPool): Promise<Generated> {
  const password = kind === 'characters' ? generateCharacters() : await strength.words()
  return 'is' in password ? password : { is: 'generated', password }
}
