import { type ExpressionBuilder, sql } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { DeclaredOperation } from '../declared.ts'
import type { Move } from '../learn/route-learner.ts'
import { PLACES, type Tally } from '../learn/tally.ts'
import { type InventoryTables, inventoryTables, type NameRow, type PathRow } from './tables.ts'

/** Adds what was counted to what other processes counted. */
export async function writeTallies(tx: Transaction, tallies: readonly Tally[]): Promise<void> {
  const db = inventoryTables(tx)
  await addPaths(db, tallies.map(pathRow))
  await addNames(db, tallies.flatMap(nameRows))
}

/** Puts rows of templates of before to those that they are now. */
export async function moveRows(tx: Transaction, moves: readonly Move[]): Promise<void> {
  const db = inventoryTables(tx)
  for (const { route, method, from, to } of moves) {
    const at = { route, method, path: from }
    const paths = await db.deleteFrom('inventory_path').where(isAt(at)).returningAll().execute()
    const names = await db.deleteFrom('inventory_name').where(isAt(at)).returningAll().execute()
    await addPaths(
      db,
      paths.map((row) => ({ ...row, path: to })),
    )
    await addNames(
      db,
      names.map((row) => ({ ...row, path: to })),
    )
  }
}

/** Says of operations that they are declared now. Since when they are is when they were first. */
export async function writeDeclared(
  tx: Transaction,
  declared: readonly DeclaredOperation[],
  at: number,
): Promise<void> {
  const counts = { requests: 0, allowed: 0, status_2: 0, status_3: 0, status_4: 0, status_5: 0 }
  const rows = declared.map(({ route, method, path }): PathRow => {
    return { route, method, path, first_at: at, last_at: null, allowed_at: null, declared_at: at, ...counts }
  })
  await addPaths(inventoryTables(tx), [
    ...new Map(rows.map((row) => [`${row.route} ${row.method} ${row.path}`, row])).values(),
  ])
}

const isAt =
  ({ route, method, path }: { readonly route: string; readonly method: string; readonly path: string }) =>
  // biome-ignore lint/suspicious/noExplicitAny: the same columns of two tables
  (it: ExpressionBuilder<any, any>) =>
    it.and([it('route', '=', route), it('method', '=', method), it('path', '=', path)])

function pathRow({ route, method, path, requests, allowed, classes, firstAt, lastAt, allowedAt }: Tally): PathRow {
  const [, , status_2, status_3, status_4, status_5] = classes
  const times = { first_at: firstAt, last_at: lastAt, allowed_at: allowed === 0 ? null : allowedAt, declared_at: null }
  return { route, method, path, ...times, requests, allowed, status_2, status_3, status_4, status_5 }
}

function nameRows(tally: Tally): NameRow[] {
  const { route, method, path } = tally
  return PLACES.flatMap((place) =>
    [...tally[place]].map(([name, { count, firstAt, lastAt }]) => {
      return { route, method, path, place, name, first_at: firstAt, last_at: lastAt, requests: count }
    }),
  )
}

const ROWS_AT_ONCE = 200

async function addPaths(db: InventoryTables, rows: readonly PathRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    await db
      .insertInto('inventory_path')
      .values(rows.slice(at, at + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict.columns(['route', 'method', 'path']).doUpdateSet({
          first_at: earlier('inventory_path', 'first_at'),
          last_at: later('last_at'),
          allowed_at: later('allowed_at'),
          declared_at: later('declared_at'),
          requests: sum('inventory_path', 'requests'),
          allowed: sum('inventory_path', 'allowed'),
          status_2: sum('inventory_path', 'status_2'),
          status_3: sum('inventory_path', 'status_3'),
          status_4: sum('inventory_path', 'status_4'),
          status_5: sum('inventory_path', 'status_5'),
        }),
      )
      .execute()
  }
}

async function addNames(db: InventoryTables, rows: readonly NameRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    await db
      .insertInto('inventory_name')
      .values(rows.slice(at, at + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict.columns(['route', 'method', 'path', 'place', 'name']).doUpdateSet({
          first_at: earlier('inventory_name', 'first_at'),
          last_at: sql<number>`case when excluded.last_at > inventory_name.last_at then excluded.last_at else inventory_name.last_at end`,
          requests: sum('inventory_name', 'requests'),
        }),
      )
      .execute()
  }
}

function sum(table: string, column: string) {
  return sql<number>`${sql.ref(`${table}.${column}`)} + ${sql.ref(`excluded.${column}`)}`
}

function earlier(table: string, column: string) {
  const [mine, theirs] = [sql.ref(`${table}.${column}`), sql.ref(`excluded.${column}`)]
  return sql<number>`case when ${theirs} < ${mine} then ${theirs} else ${mine} end`
}

// Null is never; whatever is known is later than that.
function later(column: string) {
  const [mine, theirs] = [sql.ref(`inventory_path.${column}`), sql.ref(`excluded.${column}`)]
  return sql<
    number | null
  >`case when ${mine} is null or ${theirs} > ${mine} then coalesce(${theirs}, ${mine}) else ${mine} end`
}
