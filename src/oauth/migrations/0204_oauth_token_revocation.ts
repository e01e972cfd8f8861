import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { text, integer } = types
  await createTable('token_revocation')
    .addColumn('kind', text, (column) => column.notNull())
    // Whose tokens: the id of a token, session, person or client, or the mark of a grant.
    .addColumn('ref', text, (column) => column.notNull())
    // Tokens issued later live on; null ends all of them.
    .addColumn('issued_before', integer)
    // When the last token that it could hit is dead.
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('token_revocation_pk', ['kind', 'ref'])
    .execute()
  await db.schema.createIndex('token_revocation_expires_at').on('token_revocation').column('expires_at').execute()
}
