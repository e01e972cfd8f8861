import { sql } from 'kysely'
import type { Clock } from '../core/index.ts'
import { type Bus, createSubscribers } from './bus.ts'
import type { Engine } from './engine.ts'
import type { Changes, Dialect } from './store.ts'
import { type StoreTables, seenAs } from './tables.ts'

/** How long a change row is kept, in milliseconds. */
export const CHANGE_MS = 60 * 60 * 1000

// A process that has not looked for half the time rows are kept cannot know what it missed, whatever its clock says.
const LONGEST_SLEEP_MS = CHANGE_MS / 2
const MOST_ROWS = 10_000
const EVERY_MS: Readonly<Record<Dialect, number>> = { sqlite: 250, postgres: 1000 }

export type Announcement = { readonly topic: string; readonly ref: string }

type Row = { readonly seq: number; readonly topic: string; readonly ref: string }

/** Where a reader of the change table stands. */
type Position = {
  /** SQLite: the last sequence number read. PostgreSQL: the oldest transaction that was still open. */
  readonly mark: number
  /** Sequence numbers at or after the mark that were delivered already. */
  readonly delivered: ReadonlySet<number>
  readonly at: number
}

export type Feed = Changes & {
  /** Tells this process at once, and the others by bus. */
  readonly published: (announcements: readonly Announcement[]) => void
  readonly stop: () => Promise<void>
}

/**
 * Delivers the rows of the change table. The rows are the truth; the bus only brings them sooner. It looks for rows
 * from the first subscription on.
 */
export function createFeed(deps: { engine: Engine; bus: Bus; clock: Clock; onError: (error: unknown) => void }): Feed {
  const { engine, bus, clock, onError } = deps
  const subscribers = createSubscribers(onError)
  const heard = new Map<string, () => void>()
  let position: Position | null = null
  let pulse: number | null = null
  let looking: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let stopped = false

  function subscribe(topic: string, seen: (ref: string | null) => void): () => void {
    if (!heard.has(topic))
      heard.set(
        topic,
        bus.subscribe(topic, (ref) => subscribers.tell(topic, ref)),
      )
    const leave = subscribers.add(topic, seen)
    if (timer === null && !stopped) schedule()
    return leave
  }

  function schedule(): void {
    timer = setTimeout(async () => {
      await poll().catch(onError)
      if (!stopped) schedule()
    }, EVERY_MS[engine.dialect])
    timer.unref()
  }

  // One look at a time, and a caller's look starts after the call: it must see what was committed before it.
  async function poll(): Promise<void> {
    const before = looking
    const mine = (async () => {
      await before?.catch(() => undefined)
      if (!stopped) await look()
    })()
    looking = mine
    await mine
  }

  async function look(): Promise<void> {
    const now = clock.now()
    const beat = await engine.pulse()
    if (position !== null && beat !== null && beat === pulse) {
      // Nobody committed anything, so nothing was missed however long ago the last look was.
      position = { ...position, at: now }
      return
    }
    const { rows, next } = await read(engine, position, now)
    const last = position
    position = next
    pulse = beat
    if (last === null || missedSome(last, next, rows)) return subscribers.tellAll()
    for (const row of rows) if (!last.delivered.has(row.seq)) subscribers.tell(row.topic, row.ref)
  }

  function published(announcements: readonly Announcement[]): void {
    for (const { topic, ref } of announcements) subscribers.tell(topic, ref)
    for (const { topic, ref } of announcements) bus.publish(topic, ref)
  }

  async function stop(): Promise<void> {
    stopped = true
    if (timer !== null) clearTimeout(timer)
    for (const leave of heard.values()) leave()
    subscribers.clear()
    await looking?.catch(() => undefined)
  }

  return { subscribe, poll, published, stop }
}

// A mark that went back means another database under the same address, such as a restored copy.
function missedSome(last: Position, next: Position, rows: readonly Row[]): boolean {
  return next.at - last.at > LONGEST_SLEEP_MS || rows.length > MOST_ROWS || next.mark < last.mark
}

async function read(engine: Engine, last: Position | null, now: number): Promise<{ rows: Row[]; next: Position }> {
  const { rows, mark } = await (engine.dialect === 'sqlite' ? readSqlite : readPostgres)(engine, last?.mark ?? null)
  const delivered = new Set(engine.dialect === 'sqlite' ? [] : rows.map(({ seq }) => seq))
  return { rows, next: { mark, delivered, at: now } }
}

type Reading = { readonly rows: Row[]; readonly mark: number }

// One writer at a time: the order of the numbers is the order of the commits.
async function readSqlite(engine: Engine, mark: number | null): Promise<Reading> {
  const tables = seenAs<StoreTables>(engine.reads)
  if (mark === null) {
    const { last } = await tables
      .selectFrom('change')
      .select((row) => row.fn.max('seq').as('last'))
      .executeTakeFirstOrThrow()
    return { rows: [], mark: last ?? 0 }
  }
  const rows = await tables
    .selectFrom('change')
    .select(['seq', 'topic', 'ref'])
    .where('seq', '>', mark)
    .orderBy('seq')
    .limit(MOST_ROWS + 1)
    .execute()
  return { rows, mark: rows.at(-1)?.seq ?? mark }
}

// Numbers are drawn before the commit, so a smaller one may appear later. What may still appear belongs to a
// transaction that was open at the last look: read again from the oldest of those.
async function readPostgres(engine: Engine, mark: number | null): Promise<Reading> {
  const { rows } = await sql<{ mark: number; seq: number | null; topic: string; ref: string }>`
    select floor.mark, change.seq, change.topic, change.ref
    from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as mark) as floor
    left join change on change.txid >= ${mark}
    order by change.seq
    limit ${MOST_ROWS + 1}`.execute(engine.reads)
  const found = rows.flatMap(({ seq, topic, ref }) => (seq === null ? [] : [{ seq, topic, ref }]))
  return { rows: found, mark: rows[0]?.mark ?? mark ?? 0 }
}
