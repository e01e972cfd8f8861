import { DEFAULT_ORGANIZATION } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type OrganizationRow, type Tables, tablesOf } from '../tables.ts'
import { DEFAULT_POLICY, nameKeyOf, type Organization, type Policy } from './organization.ts'

export function organizationOf(row: OrganizationRow): Organization {
  const rest: Partial<Policy> = JSON.parse(row.rest)
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled === 1,
    policy: { ...DEFAULT_POLICY, ...rest },
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    version: row.version,
  }
}

export function organizationRow(organization: Organization): OrganizationRow {
  return {
    id: organization.id,
    name: organization.name,
    name_key: nameKeyOf(organization.name),
    enabled: organization.enabled ? 1 : 0,
    created_at: organization.createdAt,
    created_by: organization.createdBy,
    changed_at: organization.changedAt,
    changed_by: organization.changedBy,
    version: organization.version,
    rest: JSON.stringify(organization.policy),
  }
}

export async function findOrganization(db: Tables, id: string): Promise<Organization | null> {
  const row = await db.selectFrom('organization').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : organizationOf(row)
}

/** The organization that has a name, however it is spelt. */
export async function findOrganizationByName(db: Tables, name: string): Promise<Organization | null> {
  const row = await db.selectFrom('organization').selectAll().where('name_key', '=', nameKeyOf(name)).executeTakeFirst()
  return row === undefined ? null : organizationOf(row)
}

/** Newest first, continuing before an id. */
export async function listOrganizations(
  db: Tables,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<Organization[]> {
  const all = db.selectFrom('organization').selectAll().orderBy('id', 'desc').limit(limit)
  const rows = await (before === null ? all : all.where('id', '<', before)).execute()
  return rows.map(organizationOf)
}

/**
 * Reads an organization to change it, or something that is counted in it. On PostgreSQL whoever else holds it waits; on
 * SQLite there is one writer.
 */
export async function holdOrganization(tx: Transaction, id: string): Promise<Organization | null> {
  const query = tablesOf(tx).selectFrom('organization').selectAll().where('id', '=', id)
  const row = await (tx.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  return row === undefined ? null : organizationOf(row)
}

/** Those who give names wait for each other, so that of two who want one name the second is told. */
export async function holdNames(tx: Transaction): Promise<void> {
  await holdOrganization(tx, DEFAULT_ORGANIZATION)
}

export async function insertOrganization(tx: Transaction, organization: Organization): Promise<void> {
  await tablesOf(tx).insertInto('organization').values(organizationRow(organization)).execute()
}

/** Writes a changed organization if it is still at the version that was read: a compare-and-set. */
export async function updateOrganization(tx: Transaction, organization: Organization, from: number): Promise<boolean> {
  const { id, created_at, created_by, ...columns } = organizationRow(organization)
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('organization')
    .set(columns)
    .where('id', '=', id)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
