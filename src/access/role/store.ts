import { type Kysely, sql } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { OwnRole } from './role.ts'

export const ROLE_TOPIC = 'role'

type RoleRow = {
  organization: string
  name: string
  description: string
  inherits: string
  scopes: string
  permissions: string
  created_at: number
  created_by: string
  changed_at: number
  changed_by: string
  version: number
}

export type RoleTables = Kysely<{ access_role: RoleRow }>

export function roleTables(store: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): RoleTables {
  return store.tables()
}

/**
 * Whoever changes roles of an organization, or gives them, waits for others who do. SQLite has one writer; on PostgreSQL a
 * circle could else be made of two halves.
 */
export async function holdRoles(tx: Transaction, organization: string): Promise<void> {
  if (tx.dialect !== 'postgres') return
  await sql`select pg_advisory_xact_lock(hashtextextended(${`roles of ${organization}`}, 0))`.execute(roleTables(tx))
}

/** Every role of an organization, or of all with null, by name. */
export async function readRoles(db: RoleTables, organization: string | null): Promise<OwnRole[]> {
  const all = db.selectFrom('access_role').selectAll()
  const some = organization === null ? all : all.where('organization', '=', organization)
  return (await some.orderBy('organization').orderBy('name').execute()).map(roleOfRow)
}

export async function insertRole(tx: Transaction, role: OwnRole): Promise<void> {
  const { organization, name, createdAt: created_at, createdBy: created_by } = role
  const row = { ...changeableColumns(role), organization, name, created_at, created_by }
  await roleTables(tx).insertInto('access_role').values(row).execute()
}

/** Writes a changed role if it is still at the version that was read: a compare-and-set. */
export async function updateRole(tx: Transaction, role: OwnRole, from: number): Promise<boolean> {
  const { numUpdatedRows } = await roleTables(tx)
    .updateTable('access_role')
    .set(changeableColumns(role))
    .where('organization', '=', role.organization)
    .where('name', '=', role.name)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** @returns whether it was there, at this version */
export async function deleteRoleRow(tx: Transaction, { organization, name, version }: OwnRole): Promise<boolean> {
  const { numDeletedRows } = await roleTables(tx)
    .deleteFrom('access_role')
    .where('organization', '=', organization)
    .where('name', '=', name)
    .where('version', '=', version)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function changeableColumns(role: OwnRole) {
  return {
    description: role.description,
    inherits: JSON.stringify(role.inherits),
    scopes: JSON.stringify(role.scopes),
    permissions: JSON.stringify(role.permissions),
    changed_at: role.changedAt,
    changed_by: role.changedBy,
    version: role.version,
  }
}

function roleOfRow(row: RoleRow): OwnRole {
  return {
    organization: row.organization,
    name: row.name,
    description: row.description,
    inherits: JSON.parse(row.inherits),
    scopes: JSON.parse(row.scopes),
    permissions: JSON.parse(row.permissions),
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    version: row.version,
  }
}
