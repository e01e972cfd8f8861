import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, bytes } = types
  await createTable('oauth_entity')
    // What is shown is a secret, so only its digest is kept.
    .addColumn('digest', bytes, (column) => column.primaryKey().notNull())
    .addColumn('model', text, (column) => column.notNull())
    // A second name: the `uid` of a session, the user code of a device. Unique, so that two never share one.
    .addColumn('alias', bytes, (column) => column.unique())
    .addColumn('grant_digest', bytes)
    .addColumn('session_uid', bytes)
    // What a client calls its session by.
    .addColumn('sid_digest', bytes)
    .addColumn('person_id', id)
    .addColumn('client_id', text)
    .addColumn('organization', id)
    // The session of ours that it was made in.
    .addColumn('own_session', id)
    .addColumn('consumed_at', integer)
    .addColumn('expires_at', integer)
    .addColumn('payload', text, (column) => column.notNull())
    .execute()
  const found = ['grant_digest', 'session_uid', 'sid_digest', 'person_id', 'client_id', 'own_session', 'expires_at']
  for (const column of found) {
    await db.schema.createIndex(`oauth_entity_${column}`).on('oauth_entity').column(column).execute()
  }
}
