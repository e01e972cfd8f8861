import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Person } from './person.ts'

/** Who is invited, where to and as what. */
export type Invited = {
  readonly organization: string
  readonly email: string
  readonly roles: readonly string[]
}

/** The invitations of organizations, as far as registering needs them. */
export type Invitations = {
  /** What an invitation says that still stands; null otherwise. */
  readonly find: (token: string) => Promise<Invited | null>
  /** Takes it in the transaction that makes its person; false when somebody did meanwhile. */
  readonly take: (tx: Transaction, token: string, person: Person, caller: Caller) => Promise<boolean>
}
