import { CompiledQuery, type Kysely } from 'kysely'
import type { Dialect, Store, Transaction } from '../store/index.ts'

/** The tables this module owns. Times are milliseconds. */
export type AuditTables = {
  event: EventRow
  audit_log: LogRow
  audit_checkpoint: { log: string; size: number; root: Uint8Array; note: string; at: number }
}

export type EventRow = {
  place: number
  at: number
  type: string
  outcome: string
  credential: string | null
  leaf: Uint8Array
  body: string
}

export type LogRow = {
  number: number
  id: string
  name: string
  size: number
  frontier: Uint8Array
  created_at: number
}

export type Within = Pick<Store, 'tables'> | Pick<Transaction, 'tables'>

export function tablesOf(within: Within): Kysely<AuditTables> {
  return within.tables<AuditTables>()
}

/** Runs a statement that was written out once, past the query builder: the path of every event. */
export async function run<Row>(within: Within, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { rows } = await within.tables<AuditTables>().executeQuery<Row>(CompiledQuery.raw(text, [...values]))
  return rows
}

/** Writes `?` as the dialect numbers them. */
export function numbered(dialect: Dialect, text: string): string {
  let count = 0
  return dialect === 'sqlite' ? text : text.replaceAll('?', () => `$${++count}`)
}
