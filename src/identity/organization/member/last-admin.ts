import { type Access, covers, type Grants, type Holding, holdingOf, ROLE_NAMES } from '../../../access/index.ts'
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
  return rules(access.holdingOf(organization, grants))
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
  const other = await someoneWith(tx, organization, ruling, { now, except: personId })
  return other ? null : refuseIdentity('LAST_ORGANIZATION_ADMIN')
}

/**
 * Why roles of an organization cannot give something else: those who change the organization do it by them, and nobody
 * would be left who may and can come in. Asked in the transaction that changes them.
 *
 * @param before what each role of the organization's own gives
 */
export async function lastRulingRoleProblem(
  tx: Transaction,
  organization: string,
  [before, after]: readonly [ReadonlyMap<string, Holding>, ReadonlyMap<string, Holding>],
  now: number,
): Promise<Problem | null> {
  const [ruled, ruling] = [rulingOf(before), rulingOf(after)]
  if (ruled.every((name) => ruling.includes(name))) return null
  await holdOrganization(tx, organization)
  const builtIn = ROLE_NAMES.filter((name) => rules(holdingOf({ ...NONE, roles: [name] })))
  if (!(await someoneWith(tx, organization, [...builtIn, ...ruled], { now }))) return null
  const left = await someoneWith(tx, organization, [...builtIn, ...ruling], { now })
  return left ? null : refuseIdentity('LAST_ORGANIZATION_ADMIN')
}

function rules({ permissions }: Holding): boolean {
  return permissions.some((held) => covers(held, RULES))
}

function rulingOf(roles: ReadonlyMap<string, Holding>): string[] {
  return [...roles].filter(([, holds]) => rules(holds)).map(([name]) => name)
}

/** Whether a member who can come in has one of some roles, or is permitted it by name. What was granted may end. */
async function someoneWith(
  tx: Transaction,
  organization: string,
  roles: readonly string[],
  { now, except = '' }: { readonly now: number; readonly except?: string },
): Promise<boolean> {
  const listed = [
    ...roles.map((name) => ['membership.roles', name] as const),
    ...RULING_PERMISSIONS.map((name) => ['membership.permissions', name] as const),
  ]
  const found = await tablesOf(tx)
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select('person.id')
    .where('membership.organization', '=', organization)
    .where('membership.person_id', '!=', except)
    .where((row) => row.or(listed.map(([column, name]) => row(column, 'like', `%"${name}"%`))))
    .where('person.enabled', '=', 1)
    .where((row) => row.or([row('person.locked_until', 'is', null), row('person.locked_until', '<=', now)]))
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}
