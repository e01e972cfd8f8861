import type { Access } from '../../access/index.ts'
import type { Audit } from '../../audit/index.ts'
import type { Actor, Caller, Clock, Problem } from '../../core/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import type { ClientPepper } from './secret.ts'
import type { Served } from './server-faults.ts'

/** What the verbs of this folder are given. */
export type ClientDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly access: Pick<Access, 'scopeFault' | 'roleNamesOf' | 'holdingOf'>
  readonly pepper: ClientPepper
  readonly served: Served
  /** Why a person has to prove again who they are before they do what is sensitive (row I10); null when they need not. */
  readonly freshProblem: (caller: Caller) => Promise<Problem | null>
  /** Ends what was issued to a client, in the transaction that disables or deletes it. */
  readonly endIssued: (tx: Transaction, clientId: string, by: Partial<Actor>) => Promise<void>
  /** Ends what a client got in its own name, in the transaction after which it may less. */
  readonly endRights: (tx: Transaction, clientId: string, by: Partial<Actor>) => Promise<void>
}
