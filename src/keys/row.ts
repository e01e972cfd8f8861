import type { Grants } from '../access/index.ts'
import type { Classification, Key, Owner, StoredStatus } from './key.ts'
import type { Service } from './service/service.ts'
import { EVERYTHING } from './service/service-grants.ts'
import type { KeyRow, ServiceRow } from './tables.ts'

/** What keys have that were stored before a property existed. */
const ADDED_LATER = { rotation: null, rotatesAt: null } as const

/** A row as the noun the rest of the module speaks of. */
export function keyOf(row: KeyRow): Key {
  return {
    ...ADDED_LATER,
    ...(JSON.parse(row.rest) as RestOfKey),
    id: row.id,
    organization: row.organization,
    name: row.name,
    description: row.description,
    classification: row.classification as Classification,
    owner: { kind: row.owner_kind as Owner['kind'], id: row.owner_id },
    status: row.status as StoredStatus,
    expiresAt: row.expires_at,
    version: row.version,
  }
}

/** A key as its row, with what proves it. */
export function rowOf(key: Key, proof: { digest: Uint8Array; pepper: number }): KeyRow {
  const { id, organization, owner } = key
  return { ...changeableColumns(key), ...proof, id, organization, owner_kind: owner.kind, owner_id: owner.id }
}

/** The columns that a change may touch. */
export function changeableColumns(key: Key) {
  const { id: _id, organization: _organization, owner: _owner, ...changeable } = key
  const { name, description, classification, status, expiresAt, version, ...rest } = changeable
  return {
    name,
    description,
    classification,
    status,
    expires_at: expiresAt,
    version,
    successor: key.rotatedTo,
    rest: JSON.stringify(rest satisfies RestOfKey),
  }
}

type RestOfKey = Omit<
  Key,
  'id' | 'organization' | 'owner' | 'name' | 'description' | 'classification' | 'status' | 'expiresAt' | 'version'
>

/** What a service was granted, from its column. */
export function serviceGrantsOf(column: string): Grants {
  // Most services were never narrowed, and this is read for every key that is met for the first time.
  return column === EVERYTHING_COLUMN ? EVERYTHING : (JSON.parse(column) as Grants)
}

const EVERYTHING_COLUMN = JSON.stringify(EVERYTHING)

export function serviceOf(row: ServiceRow): Service {
  return {
    id: row.id,
    organization: row.organization,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    ...serviceGrantsOf(row.grants),
    contacts: JSON.parse(row.contacts) as string[],
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    version: row.version,
  }
}
