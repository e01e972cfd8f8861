import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  type QueryCompiler,
  type SqliteDatabase,
  SqliteDialect,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely'
import { LRUCache } from 'lru-cache'
import { toColumnValue } from '../binding.ts'

const STATEMENTS = 500

type Row = Record<string, unknown>

export type Connection = { readonly dialect: SqliteDialect; readonly forget: () => void }

/** Lets Kysely speak to one `node:sqlite` connection, with statements prepared once. */
export function createConnection(database: DatabaseSync): Connection {
  const statements = new LRUCache<string, SqliteStatement>({ max: STATEMENTS })
  const shim: SqliteDatabase = {
    close: () => database.close(),
    prepare: (sql) => {
      const known = statements.get(sql)
      if (known !== undefined) return known
      const statement = toStatement(database, sql)
      statements.set(sql, statement)
      return statement
    },
  }
  return { dialect: new Dialect({ database: shim }), forget: () => statements.clear() }
}

class Dialect extends SqliteDialect {
  override createQueryCompiler(): QueryCompiler {
    return new Compiler()
  }
}

class Compiler extends SqliteQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    super.addParameter(toColumnValue(parameter))
  }
}

function toStatement(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql)
  const columns = statement.columns()
  const binary = columns.filter(({ type }) => type === null || type === 'BLOB').map(({ name }) => name)
  return {
    reader: columns.length > 0,
    all: (values) => toRows(statement, values, binary),
    run: (values) => statement.run(...(values as SQLInputValue[])),
    // A statement has one cursor: two loops over the shared one would end each other.
    iterate: (values) => database.prepare(sql).iterate(...(values as SQLInputValue[])),
  }
}

function toRows(statement: StatementSync, values: readonly unknown[], binary: readonly string[]): Row[] {
  const rows: Row[] = statement.all(...(values as SQLInputValue[]))
  for (const name of binary) for (const row of rows) row[name] = toBuffer(row[name])
  return rows
}

// PostgreSQL gives Buffers; a caller must not have to know which database it reads.
function toBuffer(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
