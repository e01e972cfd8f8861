import type { MigrationContext } from '../../store/index.ts'

export async function up({ types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, json } = types
  await createTable('signing_key')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    // Counts up; unique, so that two processes that start together make one first key, not two.
    .addColumn('generation', integer, (column) => column.notNull().unique())
    .addColumn('algorithm', text, (column) => column.notNull())
    .addColumn('public_jwk', json, (column) => column.notNull())
    .addColumn('private_key', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute()
}
