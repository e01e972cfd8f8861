import { type Access, covers, type Grants } from '../../../access/index.ts'
import type { Problem } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import { refuseIdentity } from '../../problems.ts'
import { tablesOf } from '../../tables.ts'
import { holdOrganization } from '../store.ts'

const RULES = 'organizations:manage'
const NONE = { roles: [], scopes: [], permissions: [] }
const RULING_PERMISSIONS = ['*', '*:*', '*:manage', 'organizations:*', RULES]

/** Whether grants let somebody change the organization that they are of. */
export function runs(access: Access, organization: string, grants: Grants): boolean {
  return access.holdingOf(organization, grants).permissions.some((held) => covers(held, RULES))
}

/**
 * Why somebody cannot lose what lets them change an organization: nobody else there has it and may come in. Asked in the
 * transaction that would take it from them; of two who take it from each other at once one is refused.
 */
export async function lastAdministratorProblem(
  access: Access,
  tx: Transaction,
  organization: string,
  personId: string,
  now: number,
): Promise<Problem | null> {
  await holdOrganization(tx, organization)
  const ruling = access
    .roleNamesOf(organization)
    .filter((name) => runs(access, organization, { ...NONE, roles: [name] }))
  const listed = [
    ...ruling.map((name) => ['membership.roles', name] as const),
    ...RULING_PERMISSIONS.map((name) => ['membership.permissions', name] as const),
  ]
  const other = await tablesOf(tx)
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select('person.id')
    .where('membership.organization', '=', organization)
    .where('membership.person_id', '!=', personId)
    .where((row) => row.or(listed.map(([column, name]) => row(column, 'like', `%"${name}"%`))))
    .where('person.enabled', '=', 1)
    .where((row) => row.or([row('person.locked_until', 'is', null), row('person.locked_until', '<=', now)]))
    .limit(1)
    .executeTakeFirst()
  return other === undefined ? refuseIdentity('LAST_ORGANIZATION_ADMIN') : null
}
