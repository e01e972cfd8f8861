import { type Kysely, sql } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import { type Columns, writeMany } from '../bulk.ts'
import type { KeyTables, TrafficTable } from '../tables.ts'
import type { Observation } from './observe.ts'
import { MINUTE, SPANS } from './span.ts'
import type { TrafficRow } from './traffic.ts'

const LENGTHS = Object.values(SPANS).map(({ length }) => length)
const COLUMNS: Columns = {
  key_id: 'text',
  span: 'bigint',
  start: 'bigint',
  batch: 'text',
  requests: 'bigint',
  succeeded: 'bigint',
  denied: 'bigint',
  failed: 'bigint',
  spent: 'bigint',
  detail: 'text',
}
const NAMES = Object.keys(COLUMNS).join(', ')
const REPLACED = ['requests', 'succeeded', 'denied', 'failed', 'spent', 'detail']
  .map((name) => `${name} = excluded.${name}`)
  .join(', ')

// What is written is to be rolled up, also when it was before: the longer row is then made again.
const putOf = (given: string) => `insert into api_key_traffic (${NAMES}, rolled)
  select ${NAMES}, 0 from ${given} where true
  on conflict (key_id, span, start, batch) do update set ${REPLACED}, rolled = 0`

/** A row of a length, with whose it is and where it begins. */
export type SpanRow = TrafficRow & { readonly keyId: string; readonly span: number; readonly start: number }

/** Writes rows whole, in place of what was there. */
export async function putRows(tx: Transaction, rows: readonly (SpanRow & { readonly batch: string })[]): Promise<void> {
  const values = rows.map((row) => [
    row.keyId,
    row.span,
    row.start,
    row.batch,
    row.requests,
    row.succeeded,
    row.denied,
    row.failed,
    row.spent,
    row.detail,
  ])
  await writeMany(tx, COLUMNS, values, putOf)
}

export function putObservations(store: Store, rows: readonly Observation[]): Promise<void> {
  const spans = rows.map((row) => ({ ...row, span: MINUTE }))
  return store.across('requests of all are counted together', () => store.write((tx) => putRows(tx, spans)))
}

/**
 * What is on record of a key from one moment to another, in rows of `span` and, where there are none yet, in the shorter
 * rows that were not rolled up: nothing twice.
 */
export async function readRows(
  store: Pick<Store, 'tables'>,
  keyIds: readonly string[],
  span: number,
  part: { readonly from: number; readonly to: number },
): Promise<SpanRow[]> {
  if (keyIds.length === 0) return []
  const rows = await trafficOf(store)
    .selectAll()
    .where('key_id', 'in', keyIds)
    .where(
      'span',
      'in',
      LENGTHS.filter((length) => length <= span),
    )
    .where('start', '>=', part.from)
    .where('start', '<', part.to)
    .where((it) => it.or([it('span', '=', span), it('rolled', '=', 0)]))
    .orderBy('span', 'desc')
    .execute()
  return uncovered(rows.map(spanRowOf))
}

// Longest first, so that whatever covers a row was seen before it.
function uncovered(rows: readonly SpanRow[]): SpanRow[] {
  const covers = new Map<number, Set<string>>()
  return rows.filter(({ keyId, span, start }) => {
    for (const [longer, starts] of covers) {
      if (longer > span && starts.has(`${start - (start % longer)} ${keyId}`)) return false
    }
    const mine = covers.get(span) ?? new Set()
    covers.set(span, mine.add(`${start} ${keyId}`))
    return true
  })
}

/** The first stretch of rows that are over and not rolled up: its begin, and whose rows lie in it. */
export async function findDue(
  store: Pick<Store, 'tables'>,
  step: { readonly from: number; readonly to: number; readonly before: number; readonly most: number },
): Promise<{ readonly start: number; readonly keyIds: readonly string[] } | null> {
  const due = trafficOf(store).where('span', '=', step.from).where('rolled', '=', 0).where('start', '<', step.before)
  const first = await due.select('start').orderBy('start').limit(1).executeTakeFirst()
  if (first === undefined) return null
  const start = first.start - (first.start % step.to)
  const rows = await due
    .select('key_id')
    .distinct()
    .where('start', '>=', start)
    .where('start', '<', start + step.to)
    .limit(step.most)
    .execute()
  return { start, keyIds: rows.map(({ key_id }) => key_id).sort() }
}

/** All rows of some keys in one stretch, held until the transaction ends. */
export async function holdRows(
  tx: Transaction,
  keyIds: readonly string[],
  part: { readonly span: number; readonly from: number; readonly to: number },
): Promise<SpanRow[]> {
  const query = tx
    .tables<KeyTables>()
    .selectFrom('api_key_traffic')
    .selectAll()
    .where('key_id', 'in', keyIds)
    .where('span', '=', part.span)
    .where('start', '>=', part.from)
    .where('start', '<', part.to)
    .orderBy('key_id')
    .orderBy('start')
    .orderBy('batch')
  const rows = await (tx.dialect === 'postgres' ? query.forUpdate() : query).execute()
  return rows.map(spanRowOf)
}

export async function markRolled(
  tx: Transaction,
  keyIds: readonly string[],
  part: { readonly span: number; readonly from: number; readonly to: number },
): Promise<void> {
  await tx
    .tables<KeyTables>()
    .updateTable('api_key_traffic')
    .set({ rolled: 1 })
    .where('key_id', 'in', keyIds)
    .where('span', '=', part.span)
    .where('rolled', '=', 0)
    .where('start', '>=', part.from)
    .where('start', '<', part.to)
    .execute()
}

/** Deletes some rows of a length that begin before a moment. @returns how many */
export async function deleteRows(
  store: Store,
  part: { readonly span: number; readonly rolled: 0 | 1; readonly before: number; readonly most: number },
): Promise<number> {
  const { numDeletedRows } = await store.write((tx) => {
    const db = tx.tables<KeyTables>()
    const old = db
      .selectFrom('api_key_traffic')
      .select(['key_id', 'span', 'start', 'batch'])
      .where('span', '=', part.span)
      .where('rolled', '=', part.rolled)
      .where('start', '<', part.before)
      .limit(part.most)
    return db
      .deleteFrom('api_key_traffic')
      .where(sql<boolean>`(key_id, span, start, batch) in (${old})`)
      .executeTakeFirst()
  })
  return Number(numDeletedRows)
}

function trafficOf(store: Pick<Store, 'tables'>) {
  return (store.tables<KeyTables>() as Kysely<KeyTables>).selectFrom('api_key_traffic')
}

function spanRowOf({ key_id, ...row }: TrafficTable): SpanRow {
  return { ...row, keyId: key_id }
}
