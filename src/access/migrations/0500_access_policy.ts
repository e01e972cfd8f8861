import type { MigrationContext } from '../../store/index.ts'

/** Policies of organizations with what they said before, and the schema that they are held against. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, json } = types
  await createTable('access_policy_book')
    .addColumn('organization', id, (column) => column.primaryKey().notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('schema', text)
    .execute()
  await createTable('access_policy')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('name', id, (column) => column.notNull())
    .addColumn('content', json, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('created_by', id, (column) => column.notNull())
    .addColumn('changed_at', integer, (column) => column.notNull())
    .addColumn('changed_by', id, (column) => column.notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addUniqueConstraint('access_policy_name', ['organization', 'name'])
    .execute()
  await createTable('access_policy_version')
    .addColumn('policy', id, (column) => column.notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('content', json, (column) => column.notNull())
    .addColumn('changed_at', integer, (column) => column.notNull())
    .addColumn('changed_by', id, (column) => column.notNull())
    .addPrimaryKeyConstraint('access_policy_version_pk', ['policy', 'version'])
    .execute()
  await db.schema.createIndex('access_policy_of').on('access_policy').columns(['organization', 'id']).execute()
}
