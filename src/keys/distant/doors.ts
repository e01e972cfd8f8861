import type { Store } from '../../store/index.ts'
import { readTables } from '../store.ts'
import type { Usage } from '../usage.ts'
import type { Directory, Found } from '../verify/directory.ts'

/** What doors in other processes need of the keys here. */
export type Doors = {
  /** Finds the record of a presented key and proves the secret. Judges nothing and counts nothing. */
  readonly find: (text: string) => Found | Promise<Found>
  /**
   * Hears what may no longer be remembered: the id of a key, the id of an owner, or null for everything.
   *
   * @returns stops hearing
   */
  readonly subscribe: (heard: (ref: string | null) => void) => () => void
  /** Those of some ids that are keys of an organization. */
  readonly known: (ids: ReadonlySet<string>, organization: string) => Promise<ReadonlySet<string>>
  /** Counts uses that another door let through. */
  readonly count: Usage['count']
}

/** Lets other doors hear whatever the directory of this process is told to forget. */
export function createDoors(
  own: Directory,
  usage: Usage,
  store: Pick<Store, 'tables'>,
): { readonly directory: Directory; readonly doors: Doors } {
  const listeners = new Set<(ref: string | null) => void>()

  function tell(ref: string | null): void {
    for (const heard of [...listeners]) heard(ref)
  }

  const directory: Directory = Object.freeze({
    ...own,
    forget: (id: string | null) => {
      own.forget(id)
      tell(id)
    },
    forgetOwner: (ownerId: string | null) => {
      own.forgetOwner(ownerId)
      tell(ownerId)
    },
  })

  function subscribe(heard: (ref: string | null) => void): () => void {
    // A function of its own for each subscription: the same one may subscribe twice and leave once.
    const listener = (ref: string | null) => heard(ref)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  async function known(ids: ReadonlySet<string>, organization: string): Promise<ReadonlySet<string>> {
    if (ids.size === 0) return ids
    const mine = readTables(store).selectFrom('api_key').select('id').where('organization', '=', organization)
    const rows = await mine.where('id', 'in', [...ids]).execute()
    return new Set(rows.map(({ id }) => id))
  }

  return { directory, doors: Object.freeze({ find: own.find, subscribe, known, count: usage.count }) }
}
