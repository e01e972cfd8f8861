import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { bytes, integer } = types
  await createTable('token_seen')
    // The digest of a name: whoever chose the name, it takes as much room as any other.
    .addColumn('digest', bytes, (column) => column.primaryKey().notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .execute()
  await db.schema.createIndex('token_seen_expires_at').on('token_seen').column('expires_at').execute()
}
