import type { CreateTableBuilder } from 'kysely'
import { type Kysely, sql } from 'kysely'
import type { Clock } from '../core/index.ts'
import { type ColumnTypes, columnTypes, createTable } from './columns.ts'
import type { Engine } from './engine.ts'
import type { Dialect } from './store.ts'

export type MigrationContext = {
  /** Queries inside the migrations' transaction. */
  readonly db: Kysely<unknown>
  readonly dialect: Dialect
  readonly types: ColumnTypes
  /** Starts a table that refuses values of the wrong type on both dialects. */
  readonly createTable: (name: string) => CreateTableBuilder<string>
}

/** One step of a module's tables. It only goes up: going back is restoring the copy made before. */
export type ModuleMigration = { readonly up: (context: MigrationContext) => Promise<void> }

/** By name `NNNN_module_what`; applied in the order of their names. */
export type Migrations = Readonly<Record<string, ModuleMigration>>

export type MigrationStatus = { readonly name: string; readonly at: number | null }

type MigrationTables = { migration: { name: string; at: number } }

const NAME = /^\d{4}_[a-z]+_[a-z0-9_]+$/

export type Migrator = {
  readonly status: () => Promise<MigrationStatus[]>
  readonly up: () => Promise<string[]>
}

export function createMigrator(engine: Engine, migrations: Migrations, clock: Clock): Migrator {
  const known = Object.keys(migrations).sort()
  for (const name of known) if (!NAME.test(name)) throw new Error(`migration "${name}" is not named NNNN_module_what`)

  async function status(): Promise<MigrationStatus[]> {
    const applied = await appliedOn(engine)
    const names = new Set([...known, ...applied.keys()])
    return [...names].sort().map((name) => ({ name, at: applied.get(name) ?? null }))
  }

  async function up(): Promise<string[]> {
    const before = await appliedOn(engine)
    refuseNewer(before, migrations)
    if (known.every((name) => before.has(name))) return []
    const names = await engine.transact((db) => apply(db))
    engine.forget()
    return names
  }

  async function apply(db: Kysely<unknown>): Promise<string[]> {
    await engine.lockForMigration(db)
    await ensureTable(db, engine.dialect)
    // Read again: whoever held the lock before us may have done the work.
    const applied = await rowsOf(db)
    refuseNewer(applied, migrations)
    const pending = known.filter((name) => !applied.has(name))
    for (const name of pending) await applyOne(db, name)
    return pending
  }

  async function applyOne(db: Kysely<unknown>, name: string): Promise<void> {
    const { dialect } = engine
    const context = {
      db,
      dialect,
      types: columnTypes(dialect),
      createTable: (table: string) => createTable(db, dialect, table),
    }
    await migrations[name]?.up(context)
    await tablesOf(db).insertInto('migration').values({ name, at: clock.now() }).execute()
  }

  return { status, up }
}

// A newer version may have changed what our queries mean; running on would damage what it wrote.
function refuseNewer(applied: ReadonlyMap<string, number>, migrations: Migrations): void {
  const newer = [...applied.keys()].filter((name) => !(name in migrations))
  if (newer.length === 0) return
  throw new Error(
    `The database was written by a newer Sallyport: it holds ${newer.join(', ')}, which this version does not know. ` +
      'Start that version again, or restore a copy made before it.',
  )
}

async function ensureTable(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const types = columnTypes(dialect)
  await createTable(db, dialect, 'migration')
    .ifNotExists()
    .addColumn('name', types.id, (column) => column.primaryKey().notNull())
    .addColumn('at', types.integer, (column) => column.notNull())
    .execute()
}

async function appliedOn(engine: Engine): Promise<ReadonlyMap<string, number>> {
  const { rows } = await (engine.dialect === 'sqlite'
    ? sql`select 1 from sqlite_master where type = 'table' and name = 'migration'`
    : sql`select 1 where to_regclass('migration') is not null`
  ).execute(engine.reads)
  return rows.length === 0 ? new Map() : rowsOf(engine.reads)
}

async function rowsOf(db: Kysely<unknown>): Promise<ReadonlyMap<string, number>> {
  const rows = await tablesOf(db).selectFrom('migration').select(['name', 'at']).execute()
  return new Map(rows.map(({ name, at }) => [name, at]))
}

function tablesOf(db: Kysely<unknown>): Kysely<MigrationTables> {
  return db as unknown as Kysely<MigrationTables>
}
