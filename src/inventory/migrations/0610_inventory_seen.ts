import type { MigrationContext } from '../../store/index.ts'

/** What was asked for at the gateway: operations as templates, and the names that their queries and bodies had. No values. */
export async function up({ createTable, types }: MigrationContext): Promise<void> {
  await createTable('inventory_path')
    // Empty for what no route is about.
    .addColumn('route', types.text, (column) => column.notNull())
    .addColumn('method', types.text, (column) => column.notNull())
    .addColumn('path', types.text, (column) => column.notNull())
    .addColumn('first_at', types.integer, (column) => column.notNull())
    // Null for what was declared and never asked for.
    .addColumn('last_at', types.integer)
    // When an upstream answered last.
    .addColumn('allowed_at', types.integer)
    // When it was declared last; null for what never was.
    .addColumn('declared_at', types.integer)
    .addColumn('requests', types.integer, (column) => column.notNull())
    .addColumn('allowed', types.integer, (column) => column.notNull())
    // By the first digit of the status.
    .addColumn('status_2', types.integer, (column) => column.notNull())
    .addColumn('status_3', types.integer, (column) => column.notNull())
    .addColumn('status_4', types.integer, (column) => column.notNull())
    .addColumn('status_5', types.integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('inventory_path_pk', ['route', 'method', 'path'])
    .execute()
  await createTable('inventory_name')
    .addColumn('route', types.text, (column) => column.notNull())
    .addColumn('method', types.text, (column) => column.notNull())
    .addColumn('path', types.text, (column) => column.notNull())
    // `query` or `body`.
    .addColumn('place', types.text, (column) => column.notNull())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('first_at', types.integer, (column) => column.notNull())
    .addColumn('last_at', types.integer, (column) => column.notNull())
    .addColumn('requests', types.integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('inventory_name_pk', ['route', 'method', 'path', 'place', 'name'])
    .execute()
}
