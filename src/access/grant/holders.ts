import type { Caller, Clock } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { RoleHolders } from '../role/deps.ts'
import { endGrants, grantTables } from './store.ts'

/** Those who have a role by a grant that works. */
export function createGrantedRoleHolders({ clock }: { readonly clock: Clock }): Pick<RoleHolders, 'find' | 'take'> {
  return Object.freeze({
    find: async (tx: Transaction, organization: string, roles: readonly string[]) => {
      const now = clock.now()
      const rows = await grantTables(tx)
        .selectFrom('access_grant')
        .select(['principal_kind', 'principal'])
        .where('organization', '=', organization)
        .where('kind', '=', 'role')
        .where('name', 'in', [...roles])
        .where('ended_at', 'is', null)
        .where((row) => row.or([row('until', 'is', null), row('until', '>', now)]))
        .execute()
      return rows.map(({ principal_kind, principal }) => ({
        kind: principal_kind === 'user' ? ('user' as const) : ('service' as const),
        id: principal,
      }))
    },
    take: async (tx: Transaction, organization: string, role: string, caller: Caller) => {
      await endGrants(tx, { organization, role }, { at: clock.now(), id: caller.principal.id })
      return null
    },
  })
}
