import type { MigrationContext } from '../../store/index.ts'

/** Ends what is in an organization without looking at what is in all others. */
export async function up({ db }: MigrationContext): Promise<void> {
  await db.schema
    .createIndex('oauth_entity_organization')
    .on('oauth_entity')
    .column('organization')
    .where('organization', 'is not', null)
    .execute()
}
