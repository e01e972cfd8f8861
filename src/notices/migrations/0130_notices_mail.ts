import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer } = types

  await createTable('mail')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('recipient', text, (column) => column.notNull())
    .addColumn('template', text, (column) => column.notNull())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('attempts', integer, (column) => column.notNull())
    .addColumn('due_at', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('finished_at', integer)
    .addColumn('reason', text)
    .execute()
  // What is to be sent now, what is kept in the outbox, and what has had its time.
  await db.schema.createIndex('mail_due').on('mail').columns(['status', 'due_at']).execute()
  await db.schema.createIndex('mail_kept').on('mail').columns(['status', 'id']).execute()
  await db.schema.createIndex('mail_list').on('mail').columns(['organization', 'id']).execute()
}
