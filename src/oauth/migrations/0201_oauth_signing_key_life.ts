import { sql } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types }: MigrationContext): Promise<void> {
  const { text, integer } = types
  const table = () => db.schema.alterTable('signing_key')
  // Until now there was one key, and it signs.
  await table()
    .addColumn('state', text, (column) => column.notNull().defaultTo('active'))
    .execute()
  for (const name of ['active_at', 'retired_at', 'removes_at']) await table().addColumn(name, integer).execute()
  await sql`update signing_key set active_at = created_at`.execute(db)
  // Of an algorithm one key signs and one is next, however many processes rotate at once.
  for (const state of ['active', 'published']) {
    await sql`create unique index ${sql.ref(`signing_key_${state}`)} on signing_key (algorithm)
      where state = ${sql.lit(state)}`.execute(db)
  }
}
