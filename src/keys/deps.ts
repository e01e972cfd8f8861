import type { Access } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Caller, Clock, Problem } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import type { ClassRules } from './classification.ts'
import type { Peppers } from './digest.ts'
import type { GrantsOf } from './owner.ts'
import type { RotationSurroundings } from './rotation/surroundings.ts'

/** What the verbs of this module are given. */
export type KeyDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly brand: string
  readonly peppers: () => Peppers
  readonly rotation: RotationSurroundings
  /** Told of failures that nobody waits for. */
  readonly onError: (error: unknown) => void
  /** What a person was granted. Services are known here. */
  readonly grantsOf: GrantsOf
  readonly access: Access
  /** Why a person has to prove again who they are before they do what is sensitive; null when they need not. */
  readonly freshProblem: (caller: Caller) => Promise<Problem | null>
  readonly classes: ClassRules
}
