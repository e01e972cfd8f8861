import type { Clock } from '../../core/index.ts'
import { createListeners, type Following, follow, type Store, type Transaction } from '../../store/index.ts'
import { type Grant, isWorking } from './grant.ts'
import { endGrants, GRANT_TOPIC, grantTables, readWorking } from './store.ts'

/** The working grants of everybody, in this process: asked wherever it is looked up what somebody holds. */
export type GrantMemory = Following & {
  /** Ends what somebody was granted in an organization that they leave, in the transaction in which they do. */
  readonly endOf: (tx: Transaction, organization: string, principal: string, by: string) => Promise<void>
  /** The grants of a principal in an organization that work now. */
  readonly of: (organization: string, principal: string) => readonly Grant[]
  /**
   * Hears when somebody was granted something or lost it, by the id of the principal, once the memory has it; null for
   * everybody. What ends by time ends without a word.
   *
   * @returns stops hearing
   */
  readonly subscribe: (heard: (principal: string | null) => void) => () => void
}

const NONE: readonly Grant[] = Object.freeze([])

/** Where nobody was granted anything. */
export const NO_GRANTS: Pick<GrantMemory, 'of' | 'subscribe' | 'endOf'> = Object.freeze({
  of: () => NONE,
  endOf: async () => undefined,
  subscribe: () => () => undefined,
})

/**
 * Keeps working grants in memory, and up with what any process writes.
 *
 * @throws when they cannot be read at the start
 */
export async function followGrants(deps: {
  store: Store
  clock: Clock
  onError: (error: unknown) => void
}): Promise<GrantMemory> {
  const { store, clock, onError } = deps
  const known = new Map<string, readonly Grant[]>()
  const { tell, subscribe } = createListeners<string | null>()

  async function read(principal: string | null): Promise<void> {
    const grants = await readWorking(grantTables(store), principal, clock.now())
    if (principal === null) known.clear()
    else known.delete(principal)
    for (const [of, theirs] of Map.groupBy(grants, (grant) => grant.principal.id)) known.set(of, theirs)
    tell(principal)
  }

  function of(organization: string, principal: string): readonly Grant[] {
    const theirs = known.get(principal)
    if (theirs === undefined) return NONE
    const now = clock.now()
    return theirs.filter((grant) => grant.organization === organization && isWorking(grant, now))
  }

  async function endOf(tx: Transaction, organization: string, principal: string, by: string): Promise<void> {
    await endGrants(tx, { organization, principal }, { at: clock.now(), id: by })
  }

  const following = await follow({ store, topic: GRANT_TOPIC, read, onError })
  return Object.freeze({ of, endOf, subscribe, ...following })
}
