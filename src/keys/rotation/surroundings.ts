import type { Secret } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Classification } from '../key.ts'
import type { ClassDays } from './schedule.ts'

/** A place for secrets outside, as far as a rotation needs it. Both may throw when it does not answer. */
export type KeyPlace = {
  readonly put: (path: string, value: Secret) => Promise<unknown>
  readonly get: (path: string) => Promise<Secret | null>
}

/** A message to people, sent after the transaction that it is written in. */
export type RotationMail = {
  readonly to: readonly string[]
  readonly template: string
  readonly data: Readonly<Record<string, string | number>>
}

/** What rotations need of the world outside this module; the server hands it in. */
export type RotationSurroundings = {
  readonly classDays: ClassDays
  /** Classes whose rotation by hand or schedule waits for another person (row K23). */
  readonly approval: readonly Classification[]
  readonly places: { readonly names: readonly string[]; readonly named: (name: string) => KeyPlace | null }
  readonly mail: (tx: Transaction, mail: RotationMail) => Promise<void>
}
