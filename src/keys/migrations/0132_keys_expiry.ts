import { sql } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

/** How far the ends of keys were told: by the time of the end, and the key. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, integer } = types
  await createTable('key_expiry')
    .addColumn('id', integer, (column) => column.primaryKey().notNull())
    .addColumn('told_until', integer)
    .addColumn('key_id', id, (column) => column.notNull())
    .execute()
  await sql`insert into key_expiry (id, told_until, key_id) values (1, null, '')`.execute(db)
  await db.schema.createIndex('api_key_expiry').on('api_key').columns(['expires_at', 'id']).execute()
}
