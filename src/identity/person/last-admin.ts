import { DEFAULT_ORGANIZATION, type Problem } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { membershipsOf } from './store.ts'

const ROLE = 'super_admin'

/**
 * Why a person cannot lose what they are: they are the last who has the role `super_admin` and may come in. Asked in the
 * transaction that would take it from them; of two who take it from each other at once one is refused.
 */
export async function lastAdminProblem(tx: Transaction, personId: string, now: number): Promise<Problem | null> {
  return tx.across('one who runs the installation must be left, wherever they are', () => problemOf(tx, personId, now))
}

async function problemOf(tx: Transaction, personId: string, now: number): Promise<Problem | null> {
  const memberships = await membershipsOf(tablesOf(tx), personId)
  if (!memberships.some(({ roles }) => roles.includes(ROLE))) return null
  await holdGate(tx)
  const other = await tablesOf(tx)
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select('person.id')
    .where('membership.roles', 'like', `%"${ROLE}"%`)
    .where('person.id', '!=', personId)
    .where('person.enabled', '=', 1)
    .where((row) => row.or([row('person.locked_until', 'is', null), row('person.locked_until', '<=', now)]))
    .limit(1)
    .executeTakeFirst()
  return other === undefined ? refuseIdentity('LAST_ADMIN') : null
}

// SQLite has one writer. On PostgreSQL those who take the role from somebody wait for each other at one row.
async function holdGate(tx: Transaction): Promise<void> {
  if (tx.dialect !== 'postgres') return
  await tablesOf(tx)
    .selectFrom('organization')
    .select('id')
    .where('id', '=', DEFAULT_ORGANIZATION)
    .forUpdate()
    .execute()
}
