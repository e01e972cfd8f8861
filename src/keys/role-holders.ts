import type { RoleHolder, RoleHolders } from '../access/index.ts'
import { actorOf, type Caller } from '../core/index.ts'
import type { Transaction } from '../store/index.ts'
import type { KeyDeps } from './deps.ts'
import { servicesWithRoles, updateService } from './store.ts'

/** Services that have a role. */
export function createServiceRoleHolders(deps: Pick<KeyDeps, 'audit' | 'clock'>): Pick<RoleHolders, 'find' | 'take'> {
  return Object.freeze({
    find: async (tx: Transaction, organization: string, roles: readonly string[]): Promise<readonly RoleHolder[]> =>
      (await servicesWithRoles(tx, organization, roles)).map(({ id }) => ({ kind: 'service', id })),
    take: async (tx: Transaction, organization: string, role: string, caller: Caller) => {
      for (const service of await servicesWithRoles(tx, organization, [role])) {
        const roles = service.roles.filter((one) => one !== role)
        const stamps = { changedAt: deps.clock.now(), changedBy: caller.principal.id, version: service.version + 1 }
        await updateService(tx, { ...service, roles, ...stamps }, service.version)
        await tx.announce('service', service.id)
        const event = { type: 'service.changed', outcome: 'success', details: { fields: 'roles' } } as const
        await deps.audit.append(tx, { ...actorOf(caller), ...event, resource: service.id })
      }
      return null
    },
  })
}
