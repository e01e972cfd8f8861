import type { Store } from '../../store/index.ts'
import { type SettledRoles, settle } from './settle.ts'
import { ROLE_TOPIC, readRoles, roleTables } from './store.ts'

const AGAIN_AFTER = 200

/** The roles of every organization, in this process: asked wherever somebody's roles are looked up. */
export type RoleMemory = {
  readonly of: (organization: string) => SettledRoles
  /**
   * Hears when the roles of an organization are others than before, once the memory has them; null for all.
   *
   * @returns stops hearing
   */
  readonly subscribe: (heard: (organization: string | null) => void) => () => void
  /** Reads the roles of an organization, or of all with null, and tells whoever listens. */
  readonly reload: (organization: string | null) => Promise<void>
  readonly stop: () => Promise<void>
}

const NONE: SettledRoles = new Map()

/** Where nobody made a role. */
export const NO_OWN_ROLES: RoleMemory = Object.freeze({
  of: () => NONE,
  subscribe: () => () => undefined,
  reload: async () => undefined,
  stop: async () => undefined,
})

/**
 * Keeps the roles of all organizations in memory, and up with what any process writes. What could not be read is read
 * again and again until it is there.
 *
 * @throws when the roles cannot be read at the start
 */
export async function followRoles(deps: { store: Store; onError: (error: unknown) => void }): Promise<RoleMemory> {
  const { store, onError } = deps
  const known = new Map<string, SettledRoles>()
  const listeners = new Set<(organization: string | null) => void>()
  const wanted = new Set<string | null>()
  let reading: Promise<void> | null = null
  let again: NodeJS.Timeout | null = null
  let stopped = false
  // One reading at a time: what was read later must not be overwritten by what was read earlier.
  let turn: Promise<unknown> = Promise.resolve()

  function reload(organization: string | null): Promise<void> {
    const mine = turn.then(() => read(organization))
    turn = mine.catch(() => undefined)
    return mine
  }

  async function read(organization: string | null): Promise<void> {
    const roles = await readRoles(roleTables(store), organization)
    if (organization === null) known.clear()
    else known.delete(organization)
    for (const [of, own] of Map.groupBy(roles, (role) => role.organization)) known.set(of, settle(own))
    for (const heard of [...listeners]) heard(organization)
  }

  function follow(): void {
    if (stopped || reading !== null || again !== null || wanted.size === 0) return
    reading = readWanted()
      .catch((error) => {
        onError(error)
        if (!stopped) again = setTimeout(retry, AGAIN_AFTER).unref()
      })
      .finally(() => {
        reading = null
        follow()
      })
  }

  function retry(): void {
    again = null
    follow()
  }

  async function readWanted(): Promise<void> {
    for (const organization of [...wanted]) {
      // Forgotten first: what is announced during the reading is read once more.
      wanted.delete(organization)
      await reload(organization).catch((error) => {
        wanted.add(organization)
        throw error
      })
    }
  }

  // First heard, then read, so that nothing falls between.
  const leave = store.changes.subscribe(ROLE_TOPIC, (organization) => {
    wanted.add(organization)
    follow()
  })
  await reload(null)

  async function stop(): Promise<void> {
    stopped = true
    leave()
    if (again !== null) clearTimeout(again)
    await Promise.allSettled([reading, turn])
  }

  function subscribe(heard: (organization: string | null) => void): () => void {
    const listener = (organization: string | null) => heard(organization)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  return Object.freeze({ of: (organization: string) => known.get(organization) ?? NONE, subscribe, reload, stop })
}
