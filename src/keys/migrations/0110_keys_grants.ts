import { sql } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

const EVERYTHING = '{"roles":[],"scopes":["*"],"permissions":["*"]}'

/** What a service's keys may carry and whom to write to; and which keys take a place among an owner's active ones. */
export async function up({ db, dialect, types }: MigrationContext): Promise<void> {
  await db.schema
    .alterTable('service')
    .addColumn('grants', types.json, (column) => column.notNull().defaultTo(EVERYTHING))
    .execute()
  await db.schema
    .alterTable('service')
    .addColumn('contacts', types.json, (column) => column.notNull().defaultTo('[]'))
    .execute()

  await db.schema.alterTable('api_key').addColumn('successor', types.id).execute()
  const successor = sql.raw(dialect === 'sqlite' ? `json_extract(rest, '$.rotatedTo')` : `rest::json ->> 'rotatedTo'`)
  await sql`update api_key set successor = ${successor}`.execute(db)
  await sql`create index api_key_active on api_key (owner_id, classification, expires_at)
    where status = 'active' and successor is null`.execute(db)
}
