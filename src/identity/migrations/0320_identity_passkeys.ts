import type { MigrationContext } from '../../store/index.ts'

/** Since when a passkey is suspended, and the names under which authenticators know people. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  await db.schema.alterTable('passkey').addColumn('suspended_at', types.integer).execute()
  await createTable('passkey_handle')
    .addColumn('person_id', types.id, (column) => column.primaryKey().notNull())
    .addColumn('handle', types.text, (column) => column.notNull())
    .addUniqueConstraint('passkey_handle_one', ['handle'])
    .execute()
}
