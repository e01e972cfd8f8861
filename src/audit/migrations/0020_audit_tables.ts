import { type Kysely, sql } from 'kysely'
import type { Dialect, MigrationContext } from '../../store/index.ts'

export async function up({ db, dialect, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, bytes, json } = types

  await createTable('audit_log')
    .addColumn('number', integer, (column) => column.primaryKey().notNull())
    .addColumn('id', id, (column) => column.notNull().unique())
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('size', integer, (column) => column.notNull())
    .addColumn('frontier', bytes, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute()

  await createTable('audit_checkpoint')
    .addColumn('log', id, (column) => column.notNull())
    .addColumn('size', integer, (column) => column.notNull())
    .addColumn('root', bytes, (column) => column.notNull())
    .addColumn('note', text, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_checkpoint_pk', ['log', 'size'])
    .execute()

  await createTable('event')
    .addColumn('place', integer, (column) => column.primaryKey().notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('outcome', text, (column) => column.notNull())
    .addColumn('credential', id)
    .addColumn('leaf', bytes, (column) => column.notNull())
    .addColumn('body', json, (column) => column.notNull())
    .execute()

  // Every index begins with the time, so it only grows at its end: an allowed request, nearly every event, costs one
  // such entry. What follows the time lets a search pass over entries without reading the rows.
  await sql`create index event_time on event (at, credential)`.execute(db)
  await sql`create index event_change on event (at, type, credential) where type < 'request.' or type >= 'request/'`.execute(
    db,
  )
  await sql`create index event_denied on event (at, type, credential) where outcome <> 'success'`.execute(db)

  await (dialect === 'sqlite' ? GUARDS.sqlite(db) : GUARDS.postgres(db))
}

// What is written stays: these tables refuse what would change or remove a row.
const FROZEN = ['event', 'audit_checkpoint'] as const

const GUARDS: Readonly<Record<Dialect, (db: Kysely<unknown>) => Promise<void>>> = {
  sqlite: async (db) => {
    for (const table of FROZEN) {
      for (const verb of ['update', 'delete']) await guardSqlite(db, table, verb)
    }
    await guardSqlite(db, 'audit_log', 'delete')
    await sql
      .raw(
        `create trigger audit_log_grows before update on audit_log when new.size < old.size or new.id <> old.id
         begin select raise(abort, 'a log only grows'); end`,
      )
      .execute(db)
  },
  postgres: async (db) => {
    await sql
      .raw(
        `create function audit_refuse() returns trigger language plpgsql as $$
         begin raise exception '% of % is refused: events stay as they were written', tg_op, tg_table_name; end $$`,
      )
      .execute(db)
    for (const table of FROZEN) await guardPostgres(db, table, 'update or delete')
    await guardPostgres(db, 'audit_log', 'delete')
    await sql
      .raw(
        `create trigger audit_log_grows before update on audit_log for each row
         when (new.size < old.size or new.id <> old.id) execute function audit_refuse()`,
      )
      .execute(db)
  },
}

async function guardSqlite(db: Kysely<unknown>, table: string, verb: string): Promise<void> {
  await sql
    .raw(
      `create trigger ${table}_no_${verb} before ${verb} on ${table}
       begin select raise(abort, '${verb} of ${table} is refused: events stay as they were written'); end`,
    )
    .execute(db)
}

async function guardPostgres(db: Kysely<unknown>, table: string, verbs: string): Promise<void> {
  await sql
    .raw(`create trigger ${table}_stays before ${verbs} on ${table} for each row execute function audit_refuse()`)
    .execute(db)
  await sql
    .raw(
      `create trigger ${table}_not_emptied before truncate on ${table} for each statement execute function audit_refuse()`,
    )
    .execute(db)
}
