import type { MigrationContext } from '../../store/index.ts'

/** The day on which somebody last used something that they hold. When this was written is since when that is known. */
export async function up({ db, createTable, types }: MigrationContext): Promise<void> {
  await createTable('access_use')
    .addColumn('organization', types.id, (column) => column.notNull())
    .addColumn('principal', types.id, (column) => column.notNull())
    // `role`, `permission` or `scope`, and which.
    .addColumn('kind', types.text, (column) => column.notNull())
    .addColumn('name', types.text, (column) => column.notNull())
    // Milliseconds of its beginning in UTC.
    .addColumn('day', types.integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('access_use_pk', ['organization', 'principal', 'kind', 'name'])
    .execute()
  await db.schema.createIndex('access_use_day').on('access_use').column('day').execute()
}
