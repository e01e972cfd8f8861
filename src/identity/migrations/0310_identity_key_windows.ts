import type { MigrationContext } from '../../store/index.ts'

/** For how long a key that demands a second factor is let through from an address, after its owner proved one. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer } = types
  await createTable('key_window')
    .addColumn('key_id', id, (column) => column.notNull())
    .addColumn('address', text, (column) => column.notNull())
    .addColumn('person_id', id, (column) => column.notNull())
    .addColumn('until', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('key_window_pk', ['key_id', 'address'])
    .execute()
  await db.schema.createIndex('key_window_person').on('key_window').columns(['person_id']).execute()
  await db.schema.createIndex('key_window_end').on('key_window').columns(['until']).execute()
}
