import type { Store } from '../store/index.ts'
import { type PlacedEvent, readBody } from './entry.ts'
import { placeOf, seqOf } from './place.ts'
import { numbered, run, tablesOf } from './tables.ts'

/** How far each log was read: by its number, the sequence number of the last event. What is not named was not read at all. */
export type LogPositions = Readonly<Record<string, number>>

export type FollowQuery = {
  readonly after: LogPositions
  /** The types that are wanted, exactly. */
  readonly types: readonly string[]
}

export type Followed = {
  readonly events: readonly PlacedEvent[]
  /** How far this look came: where the next begins. */
  readonly positions: LogPositions
  /** Whether there was more to read than one look takes. */
  readonly more: boolean
}

// How many events one look passes over in a log, and how many it takes along.
const SPAN = 5000
const MOST = 500

/** The present end of every log. */
export async function endOfLogs(store: Pick<Store, 'tables'>): Promise<LogPositions> {
  const logs = await tablesOf(store).selectFrom('audit_log').select(['number', 'size']).execute()
  return Object.fromEntries(logs.map(({ number, size }) => [String(number), size - 1]))
}

/**
 * Reads what was written after a position, each log in its own order. A log has no gaps and what is in it stays, so whoever
 * keeps the positions together with what was made of the events misses none and sees none twice.
 */
export async function follow(store: Store, query: FollowQuery): Promise<Followed> {
  const ends = await endOfLogs(store)
  const parts: (Part & { readonly log: string; readonly end: number })[] = []
  for (const [log, end] of Object.entries(ends)) {
    const after = query.after[log] ?? -1
    if (after < end) parts.push({ ...(await readLog(store, Number(log), after, end, query.types)), log, end })
  }
  return {
    events: parts.flatMap(({ events }) => events),
    positions: { ...query.after, ...Object.fromEntries(parts.map(({ log, seq }) => [log, seq])) },
    more: parts.some(({ seq, end }) => seq < end),
  }
}

type Part = { readonly events: readonly PlacedEvent[]; readonly seq: number }

async function readLog(store: Store, log: number, after: number, end: number, types: readonly string[]): Promise<Part> {
  const last = Math.min(end, after + SPAN)
  if (types.length === 0) return { events: [], seq: last }
  const statement = numbered(
    store.dialect,
    `select place, body from event where place > ? and place <= ? and type in (${types.map(() => '?').join(',')}) order by place limit ?`,
  )
  const bounds = [placeOf(log, after), placeOf(log, last)]
  const rows = await run<{ place: number; body: string }>(store, statement, [...bounds, ...types, MOST])
  const full = rows.length === MOST ? rows.at(-1) : undefined
  return {
    events: rows.flatMap(({ body }) => readBody(body) ?? []),
    seq: full === undefined ? last : seqOf(full.place),
  }
}
