import type { OrganizationRow, Tables } from '../tables.ts'
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
