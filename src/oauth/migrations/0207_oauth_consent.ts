import type { MigrationContext } from '../../store/index.ts'

/** What people agreed to: one row for a person, an organization and a client, and one for each thing agreed. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer } = types
  await createTable('oauth_consent')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('person_id', id, (column) => column.notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('client_id', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('changed_at', integer, (column) => column.notNull())
    .addUniqueConstraint('oauth_consent_of', ['person_id', 'organization', 'client_id'])
    .execute()
  await db.schema.createIndex('oauth_consent_client').on('oauth_consent').column('client_id').execute()
  await createTable('oauth_consent_item')
    .addColumn('consent_id', id, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    // The API that a scope belongs to; empty for what is about the person.
    .addColumn('resource', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('agreed_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('oauth_consent_item_pk', ['consent_id', 'kind', 'resource', 'name'])
    .execute()
}
