import type { Clock, Secret } from '../../core/index.ts'
import type { About, Breached, Hashed, Judgement, Used, Verified } from './answers.ts'
import type { PasswordSettings } from './settings.ts'

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
  readonly generate: (kind: 'characters' | 'words') => Promise<Secret>
  /** Ends the threads and connections; what waits is answered `busy`. */
  readonly stop: () => Promise<void>
}

export type PasswordDeps = {
  readonly settings: PasswordSettings
  readonly clock: Clock
  /** Told of threads that end and of hashes that cannot be read. */
  readonly onError: (error: unknown) => void
}
