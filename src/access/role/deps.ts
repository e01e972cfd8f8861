import type { Audit } from '../../audit/index.ts'
import type { Caller, Clock, Problem } from '../../core/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import type { Access } from '../access.ts'
import type { Holding } from '../grants.ts'
import type { RoleMemory } from './memory.ts'

/** Who or what names a role: its id, or that of the organization whose new members get it. */
export type RoleHolder = {
  readonly kind: 'user' | 'service' | 'client' | 'invitation' | 'organization'
  readonly id: string
}

/** Those who can have roles. Other modules look after them. */
export type RoleHolders = {
  /** Whoever has one of some roles by name. */
  readonly find: (tx: Transaction, organization: string, roles: readonly string[]) => Promise<readonly RoleHolder[]>
  /** Takes a role from everybody and everything that has it. @returns why that cannot be, or null */
  readonly take: (tx: Transaction, organization: string, role: string, caller: Caller) => Promise<Problem | null>
  /** Why roles cannot give something else than before; told what each of the organization's own gives, before and after. */
  readonly changeProblem: (
    tx: Transaction,
    organization: string,
    change: readonly [ReadonlyMap<string, Holding>, ReadonlyMap<string, Holding>],
  ) => Promise<Problem | null>
  /** Ends what was signed of the rights of some holders, who hold less than before. */
  readonly weaken: (tx: Transaction, holders: readonly RoleHolder[], caller: Caller) => Promise<void>
}

export type RoleDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly access: Pick<Access, 'scopeFault'>
  readonly memory: RoleMemory
  readonly holders: RoleHolders
  /** Why a person has to prove again who they are before they do what is sensitive; null when they need not. */
  readonly freshProblem: (caller: Caller) => Promise<Problem | null>
}
