import type { MigrationContext } from '../../store/index.ts'

/** What is placed by hand has a grace of its own, which whoever ends the rotation after a crash must know. */
export async function up({ db, types: { integer } }: MigrationContext): Promise<void> {
  await db.schema
    .alterTable('key_rotation')
    .addColumn('grace_ms', integer, (column) => column.notNull().defaultTo(86_400_000))
    .execute()
}
