import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types }: MigrationContext): Promise<void> {
  const { text, integer } = types
  // Text messages wait in the same queue.
  await db.schema
    .alterTable('mail')
    .addColumn('channel', text, (column) => column.notNull().defaultTo('mail'))
    .execute()
  // Whether the body is sealed, because it lets its reader in; and until when it does.
  await db.schema
    .alterTable('mail')
    .addColumn('sealed', integer, (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('mail').addColumn('ends_at', integer).execute()
  await db.schema.createIndex('mail_ends').on('mail').column('ends_at').execute()
}
