import { sql } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

/** Sessions of an organization, for a policy that becomes stricter; domains that belong to one at most, and are looked up daily. */
export async function up({ db, types }: MigrationContext): Promise<void> {
  await db.schema.createIndex('session_organization').on('session').columns(['organization', 'id']).execute()
  await db.schema
    .alterTable('organization_domain')
    .addColumn('checked_at', types.integer, (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .alterTable('organization_domain')
    .addColumn('misses', types.integer, (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createIndex('organization_domain_verified')
    .on('organization_domain')
    .columns(['domain'])
    .unique()
    .where(sql<boolean>`verified_at is not null`)
    .execute()
  await db.schema
    .createIndex('organization_domain_check')
    .on('organization_domain')
    .columns(['checked_at'])
    .where(sql<boolean>`verified_at is not null`)
    .execute()
  await db.schema.createIndex('organization_domain_list').on('organization_domain').columns(['organization']).execute()
}
