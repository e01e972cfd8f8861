import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, bytes } = types
  await createTable('api_key_foreign')
    .addColumn('key_id', id, (column) => column.primaryKey().notNull())
    // value, sha256 or bcrypt
    .addColumn('kind', text, (column) => column.notNull())
    // An HMAC of what was imported, with the pepper of that day: the same import is known again, and tells nothing.
    .addColumn('mark', bytes, (column) => column.notNull())
    // The foreign hash and the visible start; both are emptied when the key is first used.
    .addColumn('hash', text)
    .addColumn('prefix', text)
    .addColumn('cost', integer)
    .addColumn('adopted_at', integer)
    .addUniqueConstraint('api_key_foreign_mark', ['mark'])
    .execute()
  await db.schema.createIndex('api_key_foreign_hash').on('api_key_foreign').column('hash').execute()
  await db.schema.createIndex('api_key_foreign_prefix').on('api_key_foreign').column('prefix').execute()
  await db.schema.createIndex('api_key_foreign_cost').on('api_key_foreign').column('cost').execute()
}
