import { setImmediate as nextTurn } from 'node:timers/promises'
import { done, type Event, type Result } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { decodeCursor, encodeCursor, type Position } from './cursor.ts'
import { readBody } from './entry.ts'
import { type EventFilter, matcherOf, narrowed } from './filter.ts'
import { numbered, run } from './tables.ts'

const PAGE_SIZE = 20
const LARGEST_PAGE = 1000
const FIRST_BATCH = 128
const LARGEST_BATCH = 2048

export type SearchQuery = EventFilter & {
  /** 1 to 1000, 20 unless told. */
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

export type EventPage = { readonly items: readonly Event[]; readonly nextCursor: string | null }

type Row = { readonly at: number; readonly place: number; readonly body: string }

/**
 * Finds events, newest first. Pages stay as they are while new events are written.
 *
 * An index answers time, credential, a type other than of requests, and refusals; every other field is compared event
 * by event, some thousand at a time with a turn for others in between.
 *
 * @returns a page, or `CURSOR_INVALID`
 * @example await search(store, { type: 'key.*', since: Date.now() - 3_600_000 })
 */
export async function search(store: Store, query: SearchQuery): Promise<Result<EventPage>> {
  const start = query.cursor === undefined ? done(null) : decodeCursor(query.cursor)
  if (!start.ok) return start
  const limit = query.limit ?? PAGE_SIZE
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) throw new RangeError(`a page of ${limit} events`)
  const matches = matcherOf(query)
  const found: { event: Event; position: Position }[] = []
  for await (const row of rowsBefore(store, query, start.value)) {
    const event = readBody(row.body)?.event
    if (event === undefined || !matches(event)) continue
    found.push({ event, position: row })
    if (found.length > limit) break
  }
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return done({
    items: items.map(({ event }) => event),
    nextCursor: last === undefined ? null : encodeCursor(last.position),
  })
}

async function* rowsBefore(store: Store, filter: EventFilter, start: Position | null): AsyncGenerator<Row> {
  const { sql, values } = narrowed(filter)
  let position = start
  for (let size = FIRST_BATCH; ; size = Math.min(size * 4, LARGEST_BATCH)) {
    const after = position === null ? [] : ['at <= ?', '(at < ? or place < ?)']
    const where = [...sql, ...after]
    const condition = where.length === 0 ? '' : `where ${where.join(' and ')}`
    const statement = `select at, place, body from event ${condition} order by at desc, place desc limit ?`
    const bound = position === null ? [] : [position.at, position.at, position.place]
    const rows = await run<Row>(store, numbered(store.dialect, statement), [...values, ...bound, size])
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < size) return
    position = last
    await nextTurn()
  }
}
