import type { Store, Transaction } from '../../store/index.ts'
import { tablesOf } from '../tables.ts'
import { digestOf, isToken } from '../token.ts'

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
  readonly take: (tx: Transaction, token: string) => Promise<boolean>
}

/** Invitations as they lie in the database. */
export function createInvitationDoor({ store, clock }: { store: Store; clock: { now: () => number } }): Invitations {
  const find: Invitations['find'] = async (token) => {
    if (!isToken('spi', token)) return null
    const row = await tablesOf(store)
      .selectFrom('invitation')
      .select(['organization', 'email', 'roles'])
      .where('digest', '=', digestOf(token))
      .where('accepted_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', clock.now())
      .executeTakeFirst()
    return row === undefined ? null : { ...row, roles: JSON.parse(row.roles) }
  }

  const take: Invitations['take'] = async (tx, token) => {
    const now = clock.now()
    const { numUpdatedRows } = await tablesOf(tx)
      .updateTable('invitation')
      .set({ accepted_at: now })
      .where('digest', '=', digestOf(token))
      .where('accepted_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }

  return Object.freeze({ find, take })
}
