import { CompiledQuery } from 'kysely'
import type { Transaction } from '../store/index.ts'

/** The columns of many rows: name by PostgreSQL type, in the order in which each row gives them. */
export type Columns = Readonly<Record<string, 'text' | 'bigint'>>
export type Row = readonly (string | number | null)[]

// Few sizes, so that few statements are prepared whatever the number of rows.
const SIZES = [100, 10, 1]

/**
 * Runs one statement over many rows with few prepared statements and no query built anew: a list of values on SQLite, one
 * array for each column on PostgreSQL.
 *
 * @param statement makes the SQL around the rows, which it reads as a table named `given`
 * @returns what the statement returns
 * @example writeMany(tx, { key_id: 'text', n: 'bigint' }, rows, (given) => `insert into t select key_id, n from ${given} where true`)
 */
export async function writeMany<R>(
  tx: Transaction,
  columns: Columns,
  rows: readonly Row[],
  statement: (given: string) => string,
): Promise<R[]> {
  if (rows.length === 0) return []
  const db = tx.tables<unknown>()
  if (tx.dialect === 'postgres') {
    const query = CompiledQuery.raw(statement(arraysOf(columns)), transposed(columns, rows))
    return (await db.executeQuery<R>(query)).rows
  }
  const answers: R[] = []
  for (const part of parts(rows)) {
    const query = CompiledQuery.raw(statement(listOf(columns, part.length)), part.flat())
    answers.push(...(await db.executeQuery<R>(query)).rows)
  }
  return answers
}

function arraysOf(columns: Columns): string {
  const arrays = Object.values(columns).map((type, i) => `$${i + 1}::${type}[]`)
  return `unnest(${arrays.join(', ')}) as given (${Object.keys(columns).join(', ')})`
}

function transposed(columns: Columns, rows: readonly Row[]): unknown[] {
  return Object.keys(columns).map((_, i) => rows.map((row) => row[i]))
}

function listOf(columns: Columns, rows: number): string {
  const names = Object.keys(columns)
  const one = `(${names.map(() => '?').join(', ')})`
  const named = names.map((name, i) => `column${i + 1} as ${name}`)
  return `(select ${named.join(', ')} from (values ${Array(rows).fill(one).join(', ')})) as given`
}

function* parts(rows: readonly Row[]): Generator<readonly Row[]> {
  let at = 0
  for (const size of SIZES) {
    for (; rows.length - at >= size; at += size) yield rows.slice(at, at + size)
  }
}
