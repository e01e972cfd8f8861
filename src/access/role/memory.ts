import { createListeners, type Following, follow, type Store } from '../../store/index.ts'
import { type SettledRoles, settle } from './settle.ts'
import { ROLE_TOPIC, readRoles, roleTables } from './store.ts'

/** The roles of every organization, in this process: asked wherever somebody's roles are looked up. */
export type RoleMemory = Following & {
  readonly of: (organization: string) => SettledRoles
  /**
   * Hears when the roles of an organization are others than before, once the memory has them; null for all.
   *
   * @returns stops hearing
   */
  readonly subscribe: (heard: (organization: string | null) => void) => () => void
}

const NONE: SettledRoles = new Map()

/** Where nobody made a role. */
export const NO_OWN_ROLES: Pick<RoleMemory, 'of' | 'subscribe'> = Object.freeze({
  of: () => NONE,
  subscribe: () => () => undefined,
})

/**
 * Keeps the roles of all organizations in memory, and up with what any process writes.
 *
 * @throws when the roles cannot be read at the start
 */
export async function followRoles(deps: { store: Store; onError: (error: unknown) => void }): Promise<RoleMemory> {
  const { store, onError } = deps
  const known = new Map<string, SettledRoles>()
  const { tell, subscribe } = createListeners<string | null>()

  async function read(organization: string | null): Promise<void> {
    const roles = await readRoles(roleTables(store), organization)
    if (organization === null) known.clear()
    else known.delete(organization)
    for (const [of, own] of Map.groupBy(roles, (role) => role.organization)) known.set(of, settle(own))
    tell(organization)
  }

  const following = await follow({ store, topic: ROLE_TOPIC, read, onError })
  return Object.freeze({ of: (organization: string) => known.get(organization) ?? NONE, subscribe, ...following })
}
