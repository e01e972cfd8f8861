import { setTimeout as sleep } from 'node:timers/promises'
import { timeOfId } from '../core/index.ts'
import type { Dialect, Store } from '../store/index.ts'
import { type PlacedEvent, readBody } from './entry.ts'
import { type EventFilter, matcherOf } from './filter.ts'
import { logOf, placeOf, seqOf } from './place.ts'
import { numbered, run, tablesOf } from './tables.ts'

const BATCH = 500
const EVERY_MS: Readonly<Record<Dialect, number>> = { sqlite: 250, postgres: 1000 }

export type TailQuery = EventFilter & {
  /** The id of the last event seen; what was written after it comes first. Nothing: from now on. */
  readonly after?: string | undefined
  /** Ends the tail. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Follows the events as they are written, each log in its own order. Never ends unless told to.
 *
 * @example for await (const { event } of tail(store, { type: 'key.*', signal })) print(event)
 */
export async function* tail(store: Store, query: TailQuery): AsyncGenerator<PlacedEvent> {
  const { signal } = query
  const matches = matcherOf(query)
  const seen = await startAfter(store, query.after)
  while (signal?.aborted !== true) {
    let quiet = true
    for (const number of await logNumbers(store)) {
      const events = await eventsAfter(store, number, seen.get(number) ?? -1)
      for (const placed of events) {
        seen.set(number, placed.seq)
        if (matches(placed.event)) yield placed
      }
      if (events.length === BATCH) quiet = false
    }
    if (quiet) await pause(EVERY_MS[store.dialect], signal)
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

async function logNumbers(store: Store): Promise<number[]> {
  const rows = await tablesOf(store).selectFrom('audit_log').select('number').orderBy('number').execute()
  return rows.map(({ number }) => number)
}

async function startAfter(store: Store, id: string | undefined): Promise<Map<number, number>> {
  const logs = await tablesOf(store).selectFrom('audit_log').select(['number', 'size']).execute()
  if (id === undefined) return new Map(logs.map(({ number, size }) => [number, size - 1]))
  const start = new Map<number, number>()
  const at = timeOfId('evt', id) ?? -1
  // Where the id stands in its own log; in the others what was written by then was seen.
  const last = numbered(
    store.dialect,
    'select place, body from event where place >= ? and place < ? and at <= ? order by place desc limit 1',
  )
  for (const { number } of logs) {
    const [row] = await run<{ place: number }>(store, last, [placeOf(number, 0), placeOf(number + 1, 0), at])
    start.set(number, row === undefined ? -1 : seqOf(row.place))
  }
  const own = await findEvent(store, id)
  if (own !== null) start.set(logOf(own.place), own.seq)
  return start
}

async function eventsAfter(store: Store, log: number, seq: number): Promise<PlacedEvent[]> {
  const next = numbered(store.dialect, 'select body from event where place > ? and place < ? order by place limit ?')
  const rows = await run<{ body: string }>(store, next, [placeOf(log, seq), placeOf(log + 1, 0), BATCH])
  return rows.flatMap(({ body }) => readBody(body) ?? [])
}

/** Finds one event by its id, which tells its time. */
export async function findEvent(
  store: Store,
  id: string,
): Promise<(PlacedEvent & { readonly place: number; readonly body: string }) | null> {
  const statement = numbered(store.dialect, 'select place, body from event where at = ?')
  const rows = await run<{ place: number; body: string }>(store, statement, [timeOfId('evt', id) ?? -1])
  for (const { place, body } of rows) {
    const placed = readBody(body)
    if (placed?.event.id === id) return { ...placed, place, body }
  }
  return null
}
