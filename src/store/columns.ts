import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import type { Dialect } from './store.ts'

type ColumnType = RawBuilder<unknown>

/** Column types by what they hold, so that one migration makes the same table on both dialects. */
export type ColumnTypes = {
  /** Text compared byte by byte. */
  readonly id: ColumnType
  /** Text; ordered byte by byte as well, because order must not depend on the machine's locale. */
  readonly text: ColumnType
  /** 64 bits: counts, and milliseconds since the epoch; 0 and 1 for no and yes. */
  readonly integer: ColumnType
  readonly bytes: ColumnType
  /** JSON kept as text: read and written whole. */
  readonly json: ColumnType
  readonly real: ColumnType
}

const TYPES: Readonly<Record<Dialect, Readonly<Record<keyof ColumnTypes, string>>>> = {
  sqlite: { id: 'text', text: 'text', integer: 'integer', bytes: 'blob', json: 'text', real: 'real' },
  postgres: {
    id: 'text collate "C"',
    text: 'text collate "C"',
    integer: 'bigint',
    bytes: 'bytea',
    json: 'text',
    real: 'double precision',
  },
}

export function columnTypes(dialect: Dialect): ColumnTypes {
  const { id, text, integer, bytes, json, real } = TYPES[dialect]
  return {
    id: sql.raw(id),
    text: sql.raw(text),
    integer: sql.raw(integer),
    bytes: sql.raw(bytes),
    json: sql.raw(json),
    real: sql.raw(real),
  }
}

/** Starts a table that refuses values of the wrong type: PostgreSQL always does, SQLite when the table is STRICT. */
export function createTable(db: Kysely<unknown>, dialect: Dialect, name: string): CreateTableBuilder<string> {
  const table = db.schema.createTable(name)
  return dialect === 'sqlite' ? table.modifyEnd(sql`strict`) : table
}
