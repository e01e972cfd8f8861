import type { MigrationContext } from '../../store/index.ts'

/** What lets clients register themselves, and look after themselves then. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, bytes } = types
  await createTable('oauth_registration_token')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('digest', bytes, (column) => column.notNull().unique())
    .addColumn('name', text)
    .addColumn('uses_left', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('created_by', id, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('oauth_registration_token_list')
    .on('oauth_registration_token')
    .columns(['organization', 'id'])
    .execute()
  await createTable('oauth_registration')
    .addColumn('client_id', id, (column) => column.primaryKey().notNull())
    // Changes with each change of the client, so that what was seen once is of no use later.
    .addColumn('digest', bytes, (column) => column.notNull())
    .addColumn('sector_identifier_uri', text)
    .execute()
}
