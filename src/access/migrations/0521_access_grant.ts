import type { MigrationContext } from '../../store/index.ts'

/** What somebody was granted beside their membership: by whom, why and until when. Ended ones stay, for who looks back. */
export async function up({ db, createTable, types }: MigrationContext): Promise<void> {
  await createTable('access_grant')
    .addColumn('id', types.id, (column) => column.primaryKey().notNull())
    .addColumn('organization', types.id, (column) => column.notNull())
    .addColumn('principal_kind', types.text, (column) => column.notNull())
    .addColumn('principal', types.id, (column) => column.notNull())
    // `role`, `permission` or `scope`, and which.
    .addColumn('kind', types.text, (column) => column.notNull())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('reason', types.text, (column) => column.notNull())
    .addColumn('given_at', types.integer, (column) => column.notNull())
    .addColumn('given_by', types.id, (column) => column.notNull())
    // When it ends by itself; null for never.
    .addColumn('until', types.integer)
    .addColumn('ended_at', types.integer)
    .addColumn('ended_by', types.id)
    .execute()
  await db.schema
    .createIndex('access_grant_principal')
    .on('access_grant')
    .columns(['principal', 'organization'])
    .execute()
  await db.schema.createIndex('access_grant_list').on('access_grant').columns(['organization', 'id']).execute()
}
