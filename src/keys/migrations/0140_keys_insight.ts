import { sql } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const PERIODS = ['hour', 'day', 'month'] as const

/** Uses of the running hour, day and month move into the row of the key; traffic gets a table of its own. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, integer, json } = types

  for (const column of PERIODS.flatMap((period) => [`${period}_start`, `${period}_uses`])) {
    await db.schema
      .alterTable('api_key_use')
      .addColumn(column, integer, (it) => it.notNull().defaultTo(0))
      .execute()
  }
  await carryOver({ db })
  await db.schema.dropTable('api_key_hour').execute()

  // `span` is how long a row is, `batch` who wrote it: empty for what was rolled up. A rolled row is in a longer one.
  await createTable('api_key_traffic')
    .addColumn('key_id', id, (column) => column.notNull())
    .addColumn('span', integer, (column) => column.notNull())
    .addColumn('start', integer, (column) => column.notNull())
    .addColumn('batch', id, (column) => column.notNull())
    .addColumn('rolled', integer, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addColumn('succeeded', integer, (column) => column.notNull())
    .addColumn('denied', integer, (column) => column.notNull())
    .addColumn('failed', integer, (column) => column.notNull())
    .addColumn('spent', integer, (column) => column.notNull())
    .addColumn('detail', json, (column) => column.notNull())
    .addPrimaryKeyConstraint('api_key_traffic_pk', ['key_id', 'span', 'start', 'batch'])
    .execute()
  // What is to be rolled up, and what has had its time.
  await db.schema
    .createIndex('api_key_traffic_due')
    .on('api_key_traffic')
    .columns(['span', 'rolled', 'start', 'key_id'])
    .execute()
}

// The newest hour on record is the best that is known of "now": an older period ended, and its count with it.
async function carryOver({ db }: Pick<MigrationContext, 'db'>): Promise<void> {
  const { rows } = await sql<{ newest: number | null }>`select max(hour) as newest from api_key_hour`.execute(db)
  const newest = rows[0]?.newest ?? null
  if (newest === null) return
  const month = new Date(newest)
  const starts = {
    hour: newest,
    day: newest - (newest % DAY),
    month: Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), 1),
  }
  for (const period of PERIODS) {
    const uses = sql`(select coalesce(sum(uses), 0) from api_key_hour
      where api_key_hour.key_id = api_key_use.key_id and hour >= ${starts[period]})`
    await sql`update api_key_use set ${sql.ref(`${period}_start`)} = ${starts[period]},
      ${sql.ref(`${period}_uses`)} = ${uses}`.execute(db)
  }
}
