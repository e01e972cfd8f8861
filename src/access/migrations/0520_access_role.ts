import type { MigrationContext } from '../../store/index.ts'

/** Roles that organizations make for themselves. */
export async function up({ createTable, types }: MigrationContext): Promise<void> {
  await createTable('access_role')
    .addColumn('organization', types.id, (column) => column.notNull())
    .addColumn('name', types.id, (column) => column.notNull())
    .addColumn('description', types.text, (column) => column.notNull())
    .addColumn('inherits', types.json, (column) => column.notNull())
    .addColumn('scopes', types.json, (column) => column.notNull())
    .addColumn('permissions', types.json, (column) => column.notNull())
    .addColumn('created_at', types.integer, (column) => column.notNull())
    .addColumn('created_by', types.id, (column) => column.notNull())
    .addColumn('changed_at', types.integer, (column) => column.notNull())
    .addColumn('changed_by', types.id, (column) => column.notNull())
    .addColumn('version', types.integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('access_role_pk', ['organization', 'name'])
    .execute()
}
