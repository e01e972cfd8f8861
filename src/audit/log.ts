import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, createId } from '../core/index.ts'
import type { Dialect, Transaction } from '../store/index.ts'
import { bodyOf, type Entry } from './entry.ts'
import { createFrontier, leafHash } from './merkle.ts'
import { checkLogNumber, checkSize, logOf, placeOf } from './place.ts'
import { type LogRow, numbered, run, tablesOf } from './tables.ts'

// One number, the same in every version, under which new logs are numbered on PostgreSQL.
const NUMBERING_LOCK = 7_255_511_802
const COLUMNS = ['place', 'at', 'type', 'outcome', 'credential', 'leaf', 'body'] as const
const CHUNK = 64

/** Writes entries at the end of this writer's log, within a transaction of whoever asks. */
export type LogWriter = (tx: Transaction, entries: readonly Entry[]) => Promise<void>

/**
 * The log of one writer. Its row is lock, counter and frontier of the tree in one: whoever appends holds it until the
 * end of the transaction, so sequence numbers have no gap and a rolled-back event leaves no trace.
 *
 * @param name whose log it is; processes on one database may share it
 */
export function createLogWriter(deps: { dialect: Dialect; clock: Clock; name: string }): LogWriter {
  const { dialect, clock, name } = deps
  const statements = statementsOf(dialect)
  const insert = dialect === 'sqlite' ? insertSqlite(statements.rows) : insertPostgres

  return async (tx, entries) => {
    const log = (await run<LogRow>(tx, statements.hold, [name]))[0] ?? (await create(tx))
    // Read from the row each time, never remembered: after a roll-back another process may have reached the same size.
    const frontier = createFrontier(log.size, log.frontier)
    checkSize(log.size + entries.length)
    for (let at = 0; at < entries.length; at += CHUNK) {
      // What a long flush leaves to others: between two chunks whatever waits gets its turn.
      if (at > 0) await nextTurn()
      const rows = entries.slice(at, at + CHUNK).map((entry) => {
        const seq = frontier.size()
        const body = bodyOf(log.id, seq, entry.rest)
        const leaf = leafHash(body)
        frontier.push(leaf)
        const { event } = entry
        return [placeOf(log.number, seq), event.at, event.type, event.outcome, event.credential, leaf, body]
      })
      await insert(tx, rows)
    }
    const grown = await run(tx, statements.grow, [frontier.size(), frontier.bytes(), log.number, log.size])
    if (grown.length !== 1) throw new Error(`the row of the log ${log.id} changed under its lock`)
  }

  async function create(tx: Transaction): Promise<LogRow> {
    if (dialect === 'postgres') await run(tx, 'select pg_advisory_xact_lock($1)', [NUMBERING_LOCK])
    const now = clock.now()
    const number = await nextNumber(tx)
    const log = { number, id: createId('log', now), name, size: 0, frontier: Buffer.alloc(0), created_at: now }
    await tablesOf(tx)
      .insertInto('audit_log')
      .values(log)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const [row] = await run<LogRow>(tx, statements.hold, [name])
    if (row === undefined) throw new Error(`the log of ${name} could not be made`)
    return row
  }
}

// Events and checkpoints are asked too: a log whose row was taken away must not be written over.
async function nextNumber(tx: Transaction): Promise<number> {
  const logs = await run<{ last: number | null }>(tx, 'select max(number) as last from audit_log', [])
  const events = await run<{ last: number | null }>(tx, 'select max(place) as last from event', [])
  const number = 1 + Math.max(logs[0]?.last ?? 0, logOf(events[0]?.last ?? 0))
  checkLogNumber(number)
  return number
}

function statementsOf(dialect: Dialect) {
  const forUpdate = dialect === 'postgres' ? ' for update' : ''
  return {
    hold: numbered(
      dialect,
      `select number, id, name, size, frontier, created_at from audit_log where name = ?${forUpdate}`,
    ),
    grow: numbered(
      dialect,
      'update audit_log set size = ?, frontier = ? where number = ? and size = ? returning number',
    ),
    rows: new Map([CHUNK, 8, 1].map((count) => [count, insertStatement(count)])),
  }
}

type Insert = (tx: Transaction, rows: readonly (readonly unknown[])[]) => Promise<void>

function insertStatement(count: number): string {
  const row = `(${COLUMNS.map(() => '?').join(',')})`
  return `insert into event (${COLUMNS.join(',')}) values ${Array(count).fill(row).join(',')}`
}

// Few fixed sizes, so that every statement is prepared once.
function insertSqlite(statements: ReadonlyMap<number, string>): Insert {
  return async (tx, rows) => {
    let at = 0
    for (const [count, statement] of statements) {
      for (; at + count <= rows.length; at += count) await run(tx, statement, rows.slice(at, at + count).flat())
    }
  }
}

const UNNEST = `insert into event (${COLUMNS.join(',')})
  select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[])`

const insertPostgres: Insert = async (tx, rows) => {
  await run(
    tx,
    UNNEST,
    COLUMNS.map((_, column) => rows.map((row) => row[column])),
  )
}
