import type { Secret } from '../../core/index.ts'
import type { Message } from '../../notices/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Classification } from '../key.ts'

/** A place for secrets outside, as far as a rotation needs it. What reads or writes throws when it does not answer. */
export type KeyPlace = {
  readonly can: { readonly write: boolean }
  /** What is wrong with a path for this store, as the rest of a sentence, or null. */
  readonly pathFault: (path: string) => string | null
  /** Replaces a value. @returns the version under which the former one is kept, null when there was none */
  readonly rotate: (path: string, value: Secret) => Promise<{ readonly previous: string | null }>
  readonly get: (path: string, version?: string) => Promise<Secret | null>
}

export type KeyPlaces = { readonly names: readonly string[]; readonly get: (name: string) => KeyPlace | null }

/** What rotations need of the world outside this module; the server hands it in. */
export type RotationSurroundings = {
  /** Classes whose rotation by hand or schedule waits for another person (row K23). */
  readonly approval: readonly Classification[]
  readonly places: KeyPlaces
  /** Queues a mail in the transaction of what it tells. */
  readonly mail: (tx: Transaction, message: Message) => Promise<void>
  /** A person who owns keys, to write to; null for nobody, and for who has not shown that the address is theirs. */
  readonly personToTell?: (
    tx: Transaction,
    id: string,
  ) => Promise<{ readonly name: string; readonly address: string; readonly language: 'en' | 'de' } | null>
}
