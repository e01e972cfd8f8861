import type { Holding, RoleHolder, RoleHolders } from '../../access/index.ts'
import type { Caller, Problem } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Membership } from '../person/person.ts'
import { membershipOf, updateMembership } from '../person/store.ts'
import { tablesOf } from '../tables.ts'
import { lastRulingRoleProblem } from './member/last-admin.ts'
import { endSessionsIn, leavesNobodyProblem } from './member/put.ts'
import { findOrganization, holdOrganization, updateOrganization } from './store.ts'
import { tellIn } from './tell.ts'

/** Whoever has a role by being a member, being invited, or joining an organization that gives it to everybody. */
export function createMemberRoleHolders(deps: IdentityDeps): Pick<RoleHolders, 'find' | 'take' | 'changeProblem'> {
  return Object.freeze({
    find: async (tx: Transaction, organization: string, roles: readonly string[]): Promise<readonly RoleHolder[]> => {
      const members = await membersWith(tx, organization, roles)
      const policy = (await findOrganization(tablesOf(tx), organization))?.policy
      const gives = policy?.defaultRoles.some((role) => roles.includes(role)) === true
      return [
        ...members.map(({ personId }) => ({ kind: 'user', id: personId }) as const),
        ...(await invitedWith(tx, organization, roles)).map(({ id }) => ({ kind: 'invitation', id }) as const),
        ...(gives ? [{ kind: 'organization', id: organization } as const] : []),
      ]
    },
    take: async (tx: Transaction, organization: string, role: string, caller: Caller): Promise<Problem | null> => {
      for (const membership of await membersWith(tx, organization, [role])) {
        const problem = await takeFromMember(deps, tx, membership, role, caller)
        if (problem !== null) return problem
      }
      for (const { id, roles } of await invitedWith(tx, organization, [role])) {
        await tablesOf(tx)
          .updateTable('invitation')
          .set({ roles: without(roles, role) })
          .where('id', '=', id)
          .execute()
      }
      await takeFromPolicy(deps, tx, organization, role, caller)
      return null
    },
    changeProblem: (
      tx: Transaction,
      organization: string,
      change: readonly [ReadonlyMap<string, Holding>, ReadonlyMap<string, Holding>],
    ) => lastRulingRoleProblem(tx, organization, change, deps.clock.now()),
  })
}

async function membersWith(tx: Transaction, organization: string, roles: readonly string[]): Promise<Membership[]> {
  const rows = await tablesOf(tx)
    .selectFrom('membership')
    .selectAll()
    .where('organization', '=', organization)
    .where((row) => row.or(roles.map((role) => row('roles', 'like', `%"${role}"%`))))
    .execute()
  return rows.map(membershipOf)
}

function invitedWith(tx: Transaction, organization: string, roles: readonly string[]) {
  return tablesOf(tx)
    .selectFrom('invitation')
    .select(['id', 'roles'])
    .where('organization', '=', organization)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where((row) => row.or(roles.map((role) => row('roles', 'like', `%"${role}"%`))))
    .execute()
}

async function takeFromMember(
  deps: IdentityDeps,
  tx: Transaction,
  membership: Membership,
  role: string,
  caller: Caller,
): Promise<Problem | null> {
  const { organization, personId, scopes, permissions, version } = membership
  const roles = membership.roles.filter((one) => one !== role)
  const next = { ...membership, roles, version: version + 1 }
  const problem = await leavesNobodyProblem(deps, tx, membership, next)
  if (problem !== null) return problem
  await updateMembership(tx, next, version)
  await endSessionsIn(deps, tx, next, caller, 'a role was deleted')
  await tx.announce('user', personId)
  const details = { roles: roles.join(' '), scopes: scopes.join(' '), permissions: permissions.join(' ') }
  await tellIn(deps, tx, organization, caller, {
    type: 'user.granted',
    outcome: 'success',
    resource: personId,
    details,
  })
  return null
}

async function takeFromPolicy(deps: IdentityDeps, tx: Transaction, id: string, role: string, caller: Caller) {
  const organization = await holdOrganization(tx, id)
  if (organization === null || !organization.policy.defaultRoles.includes(role)) return
  const { policy, version } = organization
  const defaultRoles = policy.defaultRoles.filter((one) => one !== role)
  const stamps = { changedAt: deps.clock.now(), changedBy: caller.principal.id, version: version + 1 }
  await updateOrganization(tx, { ...organization, ...stamps, policy: { ...policy, defaultRoles } }, version)
  await tx.announce('organization', id)
}

function without(roles: string, role: string): string {
  return JSON.stringify((JSON.parse(roles) as string[]).filter((one) => one !== role))
}
