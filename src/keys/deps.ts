import type { Audit } from '../audit/index.ts'
import type { Caller, Clock } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import type { Peppers } from './digest.ts'
import type { RotationSurroundings } from './rotation/surroundings.ts'

/** What the verbs of this module are given. */
export type KeyDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly brand: string
  readonly peppers: () => Peppers
  /** Whether a person exists, is enabled and belongs to the caller's organization. Services are known here. */
  readonly rotation: RotationSurroundings
  readonly isUser: (id: string, caller: Caller) => Promise<boolean>
}
