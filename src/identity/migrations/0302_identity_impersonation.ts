import type { MigrationContext } from '../../store/index.ts'

/** Who acts in another's name does so from a session of their own, and no longer than that lives. */
export async function up({ db, types }: MigrationContext): Promise<void> {
  await db.schema.alterTable('session').addColumn('begun_from', types.id).execute()
  await db.schema.createIndex('session_begun').on('session').column('begun_from').execute()
}
