import type { Kysely } from 'kysely'
import type { Owner } from './key.ts'
import { type KeyOwner, type OwnerSources, personAsOwner, serviceAsOwner } from './owner.ts'
import { findService } from './store.ts'
import type { KeyTables } from './tables.ts'

/** Reads the owner of a key; null when there is none. */
export async function findKeyOwner(
  deps: OwnerSources,
  db: Kysely<KeyTables>,
  owner: Owner,
  organization: string,
): Promise<KeyOwner | null> {
  if (owner.kind === 'user') return personAsOwner(deps, owner, organization)
  const service = await findService(db, organization, { id: owner.id })
  return service === null ? null : serviceAsOwner(deps, service)
}
