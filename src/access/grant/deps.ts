import type { Audit } from '../../audit/index.ts'
import type { Caller, Clock, Problem } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { Access } from '../access.ts'
import type { RoleHolders } from '../role/deps.ts'
import type { Grantee } from './grant.ts'
import type { GrantMemory } from './memory.ts'

export type GrantDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly access: Access
  readonly memory: GrantMemory
  /** Ends what was signed of the rights of somebody who holds less than before. */
  readonly weaken: RoleHolders['weaken']
  /** Why there is no such member or service in the caller's organization; null when there is. */
  readonly granteeProblem: (grantee: Grantee, caller: Caller) => Promise<Problem | null>
  /** Why a person has to prove again who they are before they do what is sensitive; null when they need not. */
  readonly freshProblem: (caller: Caller) => Promise<Problem | null>
}
