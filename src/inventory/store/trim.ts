import type { Transaction } from '../../store/index.ts'
import type { InventorySettings } from '../settings.ts'
import { type InventoryTables, inventoryTables, type NameRow, type PathRow } from './tables.ts'

/** Of all paths so many may be such that nobody declared: whoever invents some pushes out no others. */
const STRANGERS = 10
const NAMES = 10
/** Rows that one transaction removes. */
const AT_ONCE = 2000

/** Removes what is too old, and what is too much: first what was asked for least. */
export async function trim(tx: Transaction, { keep, maxPaths }: InventorySettings, now: number): Promise<void> {
  const db = inventoryTables(tx)
  const before = now - keep
  await db
    .deleteFrom('inventory_path')
    .where((it) => it.or([it('last_at', 'is', null), it('last_at', '<', before)]))
    .where((it) => it.or([it('declared_at', 'is', null), it('declared_at', '<', before)]))
    .execute()
  await db.deleteFrom('inventory_name').where('last_at', '<', before).execute()
  await removePaths(db, await leastAsked(db, 'strangers', Math.ceil(maxPaths / STRANGERS)))
  await removePaths(db, await leastAsked(db, 'routed', maxPaths))
  await removeNames(db, maxPaths * NAMES)
}

function leastAsked(db: InventoryTables, which: 'strangers' | 'routed', most: number): Promise<PathRow[]> {
  return db
    .selectFrom('inventory_path')
    .selectAll()
    .where('route', which === 'strangers' ? '=' : '<>', '')
    .orderBy('requests', 'desc')
    .orderBy('last_at', 'desc')
    .offset(most)
    .limit(AT_ONCE)
    .execute()
}

async function removePaths(db: InventoryTables, rows: readonly PathRow[]): Promise<void> {
  for (const { route, method, path, declared_at } of rows) {
    if (declared_at !== null) continue
    await db
      .deleteFrom('inventory_path')
      .where('route', '=', route)
      .where('method', '=', method)
      .where('path', '=', path)
      .execute()
  }
}

async function removeNames(db: InventoryTables, most: number): Promise<void> {
  const names = db.selectFrom('inventory_name').selectAll().orderBy('requests', 'desc').orderBy('last_at', 'desc')
  const rows: NameRow[] = await names.offset(most).limit(AT_ONCE).execute()
  for (const { route, method, path, place, name } of rows) {
    await db
      .deleteFrom('inventory_name')
      .where('route', '=', route)
      .where('method', '=', method)
      .where('path', '=', path)
      .where('place', '=', place)
      .where('name', '=', name)
      .execute()
  }
}
