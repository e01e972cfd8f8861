import { systemPrincipal } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { tablesOf } from '../tables.ts'
import { eraseRows } from './erase-rows.ts'
import { isUnconfirmed } from './person.ts'
import { personOf } from './store.ts'
import { tellAbout } from './tell.ts'

const DAY = 86_400_000

/** A registration that nobody confirmed is kept for so long: nobody holds an address by having typed it. */
const UNCONFIRMED_MS = 7 * DAY
const AT_ONCE = 100

/**
 * Removes registrations that nobody confirmed, a hundred in a transaction.
 *
 * @returns whether there may be more
 */
export async function removeUnconfirmed(deps: Pick<IdentityDeps, 'store' | 'clock' | 'audit'>): Promise<boolean> {
  const { store, clock } = deps
  return store.write(async (tx) => {
    const rows = await tablesOf(tx)
      .selectFrom('person')
      .selectAll()
      .where('verified_at', 'is', null)
      .whereRef('created_by', '=', 'id')
      .where('sign_ins', '=', 0)
      .where('created_at', '<=', clock.now() - UNCONFIRMED_MS)
      .limit(AT_ONCE)
      .execute()
    for (const person of rows.map(personOf).filter(isUnconfirmed)) {
      const principal = systemPrincipal('identity', person.organization)
      const caller = { principal, address: null, userAgent: null, requestId: null }
      await eraseRows(tx, person)
      await tx.announce('user', person.id)
      await tellAbout(deps, tx, person, caller, { type: 'user.expired', outcome: 'success' })
    }
    return rows.length === AT_ONCE
  })
}
