import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import pg from 'pg'

/** A database client as an attacker or an operator has one. Values are `?` on both dialects. */
export type Raw = {
  readonly run: (sql: string, ...values: unknown[]) => Promise<Record<string, unknown>[]>
  readonly dropGuards: () => Promise<void>
  readonly close: () => Promise<void>
}

const TABLES = ['event', 'audit_log', 'audit_checkpoint']

export function openRaw(url: string): Promise<Raw> {
  return url.startsWith('sqlite:') ? rawSqlite(url.slice('sqlite:'.length)) : rawPostgres(url)
}

async function rawSqlite(file: string): Promise<Raw> {
  const database = new DatabaseSync(file, { timeout: 5000 })
  const run = async (sql: string, ...values: unknown[]) => database.prepare(sql).all(...(values as SQLInputValue[]))
  return {
    run,
    dropGuards: async () => {
      for (const { name } of await run(`select name from sqlite_master where type = 'trigger'`)) {
        database.exec(`drop trigger ${name}`)
      }
    },
    close: async () => database.close(),
  }
}

async function rawPostgres(url: string): Promise<Raw> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    run: async (sql, ...values) => {
      let count = 0
      const text = sql.replaceAll('?', () => `$${++count}`)
      return (await client.query(text, values)).rows
    },
    dropGuards: async () => {
      for (const table of TABLES) await client.query(`alter table ${table} disable trigger user`)
    },
    close: () => client.end(),
  }
}
