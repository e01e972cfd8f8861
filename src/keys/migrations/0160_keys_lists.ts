import type { MigrationContext } from '../../store/index.ts'

/** A list filtered by status or classification walks an index, whatever else there is. */
export async function up({ db }: MigrationContext): Promise<void> {
  for (const column of ['status', 'classification']) {
    await db.schema.createIndex(`api_key_${column}`).on('api_key').columns(['organization', column, 'id']).execute()
  }
}
