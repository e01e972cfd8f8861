import type { RoleHolder, RoleHolders } from '../../access/index.ts'
import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { written } from './change.ts'
import type { ClientDeps } from './deps.ts'
import { clientIdsWithRoles, holdClient } from './store.ts'
import { tellClient } from './tell.ts'

/** Clients that have a role. */
export function createClientRoleHolders(deps: ClientDeps): Pick<RoleHolders, 'find' | 'take'> {
  return Object.freeze({
    find: async (tx: Transaction, organization: string, roles: readonly string[]): Promise<readonly RoleHolder[]> =>
      (await clientIdsWithRoles(tx, organization, roles)).map((id) => ({ kind: 'client', id })),
    take: async (tx: Transaction, organization: string, role: string, caller: Caller) => {
      for (const id of await clientIdsWithRoles(tx, organization, [role])) {
        const client = await holdClient(tx, id, organization)
        if (client === null) continue
        const roles = client.roles.filter((one) => one !== role)
        const taken = await written(deps, tx, client, { ...client, roles }, caller)
        if (!taken.ok) return taken.problem
        const event = { type: 'client.updated', outcome: 'success', details: { fields: 'roles' } } as const
        await tellClient(deps, tx, client, caller, event)
      }
      return null
    },
  })
}
