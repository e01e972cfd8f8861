import type { MigrationContext } from '../../store/index.ts'

/** What proves the signature of a request: a sealed secret, or a public key. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer } = types
  await createTable('api_key_signature')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('key_id', id, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('algorithm', text, (column) => column.notNull())
    // Sealed; of hmac-sha256 only.
    .addColumn('secret', text)
    // A JWK; of all others.
    .addColumn('public_key', text)
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('created_by', id, (column) => column.notNull())
    .execute()
  await db.schema.createIndex('api_key_signature_key').on('api_key_signature').columns(['key_id', 'id']).execute()
}
