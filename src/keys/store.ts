import type { CompiledQuery, Kysely, Selectable } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'
import type { Key } from './key.ts'
import type { OwningService } from './owner.ts'
import { writeSchedule } from './rotation/schedule-store.ts'
import { changeableColumns, keyOf, rowOf, serviceGrantsOf, serviceOf } from './row.ts'
import type { Service } from './service/service.ts'
import type { KeyRow, KeyTables } from './tables.ts'
import { createGather } from './verify/gather.ts'

/** Who may see which keys: everything of an organization, or only what one owner has. */
export type Reach = { readonly organization: string; readonly ownerId: string | null }

/** What proves a key, as stored. */
export type StoredProof = {
  readonly key: Key
  readonly digest: Uint8Array
  readonly pepper: number
  /** The service that owns it; null for a person's, and for one whose service is not there. */
  readonly service: OwningService | null
}

type Tables = Kysely<KeyTables>

export function readTables(store: Pick<Store, 'tables'>): Tables {
  return store.tables<KeyTables>()
}

export async function insertKey(
  tx: Transaction,
  key: Key,
  proof: { digest: Uint8Array; pepper: number },
): Promise<void> {
  const db = tx.tables<KeyTables>()
  await db.insertInto('api_key').values(rowOf(key, proof)).execute()
  await insertTags(db, key)
  if (key.rotation !== null) await writeSchedule(tx, key)
}

/** Writes a changed key if it is still at the version that was read: a compare-and-set. */
export async function updateKey(tx: Transaction, key: Key, from: number): Promise<boolean> {
  const db = tx.tables<KeyTables>()
  const { numUpdatedRows } = await db
    .updateTable('api_key')
    .set(changeableColumns(key))
    .where('id', '=', key.id)
    .where('version', '=', from)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  await db.deleteFrom('api_key_tag').where('key_id', '=', key.id).execute()
  await insertTags(db, key)
  await writeSchedule(tx, key)
  return true
}

async function insertTags(db: Tables, key: Key): Promise<void> {
  if (key.tags.length === 0) return
  await db
    .insertInto('api_key_tag')
    .values(key.tags.map((tag) => ({ key_id: key.id, tag })))
    .execute()
}

/** Replaces how a key is proved, if the pepper is still the one it was read with. */
export async function updateProof(
  tx: Transaction,
  id: string,
  from: number,
  proof: { digest: Uint8Array; pepper: number },
) {
  await tx
    .tables<KeyTables>()
    .updateTable('api_key')
    .set(proof)
    .where('id', '=', id)
    .where('pepper', '=', from)
    .execute()
}

export async function findKey(db: Tables, id: string, reach: Reach): Promise<Key | null> {
  const row = await within(allKeys(db).where('id', '=', id), reach).executeTakeFirst()
  return row === undefined ? null : keyOf(row)
}

/** Reads a key to change it. On PostgreSQL the row is held until the transaction ends, so that changes queue, not collide. */
export async function findKeyToChange(tx: Transaction, id: string, reach: Reach): Promise<Key | null> {
  const query = within(allKeys(tx.tables<KeyTables>()).where('id', '=', id), reach)
  const row = await (tx.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  return row === undefined ? null : keyOf(row)
}

type KeyQuery = ReturnType<typeof allKeys>
function allKeys(db: Tables) {
  return db.selectFrom('api_key').selectAll()
}

function within(query: KeyQuery, reach: Reach): KeyQuery {
  const mine = query.where('organization', '=', reach.organization)
  return reach.ownerId === null ? mine : mine.where('owner_id', '=', reach.ownerId)
}

/** Holds several keys until the transaction ends, in one order, before the first Event is written: so that no two wait for each other. */
export async function holdKeys(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (tx.dialect !== 'postgres' || ids.length === 0) return
  await tx
    .tables<KeyTables>()
    .selectFrom('api_key')
    .select('id')
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate()
    .execute()
}

/**
 * Looks up what proves a key. What is asked for at once is read with few statements, and those are compiled once: building
 * one costs more than running it.
 */
export function createProofLookup(store: Pick<Store, 'tables'>) {
  const db = readTables(store)
  const byId = createGather<string, StoredProof>({
    read: readMany((values) => proofs(db).where('api_key.id', 'in', values)),
    nameOf: (id) => id,
    nameIn: ({ key }) => key.id,
  })
  const byDigest = createGather<Uint8Array, StoredProof>({
    read: readMany((values) => proofs(db).where('api_key.digest', 'in', values)),
    nameOf: hexOf,
    nameIn: ({ digest }) => hexOf(digest),
  })
  return Object.freeze({ byId, byDigest })

  function readMany<V>(queryOf: (values: readonly V[]) => ReturnType<typeof proofs>) {
    const queries = new Map<number, CompiledQuery>()
    return async (values: readonly V[]): Promise<StoredProof[]> => {
      const found: StoredProof[] = []
      for (const parameters of inParts(values)) {
        const query = queries.get(parameters.length) ?? queryOf(parameters).compile()
        queries.set(parameters.length, query)
        const { rows } = await db.executeQuery<ProofRow>({ ...query, parameters } as CompiledQuery<ProofRow>)
        found.push(...rows.map(proofOf))
      }
      return found
    }
  }
}

// Few sizes, so that few statements are prepared. A part is filled up with its first value.
const SIZES = [1, 8, 64]

function* inParts<V>(values: readonly V[]): Generator<V[]> {
  for (let at = 0; at < values.length; ) {
    const left = values.length - at
    const size = SIZES.find((most) => most >= left) ?? 64
    yield Array.from({ length: size }, (_, i) => values[i < left ? at + i : at] as V)
    at += size
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

function proofs(db: Tables) {
  return db
    .selectFrom('api_key')
    .leftJoin('service', 'service.id', 'api_key.owner_id')
    .selectAll('api_key')
    .select(['service.enabled as owner_enabled', 'service.name as owner_name', 'service.grants as owner_grants'])
}

type ProofRow = Selectable<KeyRow> & {
  owner_enabled: number | null
  owner_name: string | null
  owner_grants: string | null
}

function proofOf(row: ProofRow): StoredProof {
  return { key: keyOf(row), digest: row.digest, pepper: row.pepper, service: owningServiceOf(row) }
}

function owningServiceOf({
  organization,
  owner_id,
  owner_kind,
  owner_name,
  owner_enabled,
  owner_grants,
}: ProofRow): OwningService | null {
  if (owner_kind !== 'service' || owner_name === null || owner_grants === null) return null
  return {
    id: owner_id,
    organization,
    name: owner_name,
    enabled: owner_enabled === 1,
    ...serviceGrantsOf(owner_grants),
  }
}

export async function insertService(tx: Transaction, service: Service): Promise<void> {
  await tx
    .tables<KeyTables>()
    .insertInto('service')
    .values({
      ...serviceColumns(service),
      id: service.id,
      organization: service.organization,
      created_at: service.createdAt,
      created_by: service.createdBy,
    })
    .execute()
}

export async function updateService(tx: Transaction, service: Service, from: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .tables<KeyTables>()
    .updateTable('service')
    .set(serviceColumns(service))
    .where('id', '=', service.id)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

function serviceColumns(service: Service) {
  const { roles, scopes, permissions } = service
  return {
    name: service.name,
    description: service.description,
    enabled: service.enabled ? 1 : 0,
    grants: JSON.stringify({ roles, scopes, permissions }),
    contacts: JSON.stringify(service.contacts),
    changed_at: service.changedAt,
    changed_by: service.changedBy,
    version: service.version,
  }
}

export async function findService(
  db: Tables,
  organization: string,
  by: { id: string } | { name: string },
): Promise<Service | null> {
  const mine = db.selectFrom('service').selectAll().where('organization', '=', organization)
  const row = await ('id' in by ? mine.where('id', '=', by.id) : mine.where('name', '=', by.name)).executeTakeFirst()
  return row === undefined ? null : serviceOf(row)
}

/** Services that have one of some roles. */
export async function servicesWithRoles(
  tx: Transaction,
  organization: string,
  roles: readonly string[],
): Promise<Service[]> {
  const rows = await tx
    .tables<KeyTables>()
    .selectFrom('service')
    .selectAll()
    .where('organization', '=', organization)
    .where((row) => row.or(roles.map((role) => row('grants', 'like', `%"${role}"%`))))
    .execute()
  // The text names scopes and permissions too.
  return rows.map(serviceOf).filter((service) => service.roles.some((role) => roles.includes(role)))
}

/** Ids of services in their order, continuing after one. */
export async function serviceIdsAfter(db: Tables, organization: string, after: string, limit: number) {
  const services = db.selectFrom('service').select('id').where('organization', '=', organization)
  const rows = await services.where('id', '>', after).orderBy('id').limit(limit).execute()
  return rows.map(({ id }) => id)
}

export async function listServices(
  db: Tables,
  organization: string,
  page: { before: string | null; limit: number },
): Promise<Service[]> {
  let query = db.selectFrom('service').selectAll().where('organization', '=', organization)
  if (page.before !== null) query = query.where('id', '<', page.before)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(serviceOf)
}
