import { sql } from 'kysely'
import { type Clock, done, type Result } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { cursorOf, readCursor } from './page.ts'
import { tablesOf } from './tables.ts'
import type { Tuple } from './tuple.ts'
import { keyOf } from './write-tuples.ts'

export type TupleFilter = {
  readonly objectType: string | null
  readonly objectId: string | null
  readonly relation: string | null
  readonly subjectType: string | null
  readonly subjectId: string | null
  readonly subjectRelation: string | null
}

export type TuplePage = { readonly items: readonly Tuple[]; readonly nextCursor: string | null }

const KEY = ['object_type', 'object_id', 'relation', 'subject_relation', 'subject_type', 'subject_id'] as const

/** Lists the tuples of an organization that are in force, in the order of their objects. Error: `CURSOR_INVALID`. */
export function createListTuples({ store, clock }: { store: Store; clock: Clock }) {
  return async (
    organization: string,
    filter: TupleFilter,
    page: { readonly limit: number; readonly cursor: string | null },
  ): Promise<Result<TuplePage>> => {
    const after = readCursor(page.cursor, KEY.length)
    if (!after.ok) return after
    const base = tablesOf(store)
      .selectFrom('access_tuple')
      .selectAll()
      .where('organization', '=', organization)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', clock.now())]))
    const filtered = conditionsOf(filter).reduce((query, [column, value]) => query.where(column, '=', value), base)
    const started = after.value === null ? filtered : filtered.where(isAfter(after.value))
    const ordered = KEY.reduce((query, column) => query.orderBy(column), started)
    const rows = await ordered.limit(page.limit + 1).execute()
    const shown = rows.slice(0, page.limit)
    const last = rows.length > page.limit ? shown.at(-1) : undefined
    return done({
      items: shown.map((row) => ({ ...keyOf(row), expiresAt: row.expires_at })),
      nextCursor: last === undefined ? null : cursorOf(KEY.map((name) => last[name])),
    })
  }
}

function conditionsOf(filter: TupleFilter) {
  const all = [
    ['object_type', filter.objectType],
    ['object_id', filter.objectId],
    ['relation', filter.relation],
    ['subject_type', filter.subjectType],
    ['subject_id', filter.subjectId],
    ['subject_relation', filter.subjectRelation],
  ] as const
  return all.flatMap(([column, value]) => (value === null ? [] : [[column, value] as const]))
}

function isAfter(key: readonly string[]) {
  return sql<boolean>`(${sql.join(KEY.map((name) => sql.ref(name)))}) > (${sql.join([...key])})`
}
