import { sql } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

/** Registrations that wait for their mail to be answered, by age: they are few, and looked for every hour. */
export async function up({ db }: MigrationContext): Promise<void> {
  await db.schema
    .createIndex('person_unconfirmed')
    .on('person')
    .columns(['created_at'])
    .where(sql<boolean>`verified_at is null`)
    .execute()
}
