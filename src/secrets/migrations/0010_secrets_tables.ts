import type { MigrationContext } from '../../store/index.ts'

export async function up({ types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, bytes } = types

  await createTable('secret_master')
    .addColumn('version', integer, (column) => column.primaryKey().notNull())
    .addColumn('id', id, (column) => column.notNull().unique())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('salt', bytes)
    .addColumn('parameters', text)
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute()

  await createTable('secret_data_key')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('purpose', id, (column) => column.notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('wrapped', bytes, (column) => column.notNull())
    .addColumn('master', id, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('active_at', integer, (column) => column.notNull())
    .addUniqueConstraint('secret_data_key_version', ['purpose', 'version'])
    .execute()

  await createTable('secret_kept')
    .addColumn('name', id, (column) => column.primaryKey().notNull())
    .addColumn('sealed', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute()

  await createTable('secret_reseal')
    .addColumn('purpose', id, (column) => column.primaryKey().notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('position', text)
    .addColumn('done_at', integer)
    .execute()
}
