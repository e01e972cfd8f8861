import type { MigrationContext } from '../../store/index.ts'

/** Clients that still have to be told that somebody signed out. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer } = types
  await createTable('logout_notice')
    // What the client calls the session by: it is told of each once.
    .addColumn('sid', text, (column) => column.primaryKey().notNull())
    .addColumn('client_id', text, (column) => column.notNull())
    .addColumn('person_id', id, (column) => column.notNull())
    .addColumn('attempts', integer, (column) => column.notNull())
    .addColumn('due_at', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute()
  await db.schema.createIndex('logout_notice_due_at').on('logout_notice').column('due_at').execute()
}
