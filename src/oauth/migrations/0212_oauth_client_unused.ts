import type { MigrationContext } from '../../store/index.ts'

/** Finds clients that came by themselves and that nobody uses, without looking at all others. */
export async function up({ db }: MigrationContext): Promise<void> {
  await db.schema
    .createIndex('oauth_client_unused')
    .on('oauth_client')
    .columns(['source', 'last_used_at', 'updated_at'])
    .execute()
}
