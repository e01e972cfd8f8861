import type { MigrationContext } from '../../store/index.ts'

/** What the gateway was told to be, version by version. It belongs to the installation, not to an organization. */
export async function up({ types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, json } = types
  await createTable('gateway_version')
    .addColumn('version', integer, (column) => column.primaryKey().notNull())
    .addColumn('content', json, (column) => column.notNull())
    .addColumn('digest', text, (column) => column.notNull())
    .addColumn('cause', text, (column) => column.notNull())
    .addColumn('changed', json, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('created_by', id, (column) => column.notNull())
    .execute()
}
