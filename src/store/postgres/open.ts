import { Kysely, PostgresDialect, PostgresQueryCompiler, type QueryCompiler, sql } from 'kysely'
import pg from 'pg'
import { isRefused } from '../../core/index.ts'
import { toColumnValue } from '../binding.ts'
import type { Engine } from '../engine.ts'
import { guarded } from '../guard.ts'
import { protect } from './protect.ts'
import { findRole, grantTables, isGranted, type Run } from './role.ts'
import { scopedPool, scopedQueries } from './scoped.ts'

const CONNECTIONS = 10
const CONNECT_MS = 5000
const IDLE_MS = 30_000

// The first with 64-bit transaction numbers (`pg_current_xact_id`).
const OLDEST_VERSION = 130_000

// One number, the same in every version, under which starters queue up.
const MIGRATION_LOCK = 7_255_511_801

// A lost process must not hold locks for ever, and one slow query must not hold a connection for ever.
const SESSION = [
  `set session characteristics as transaction isolation level read committed`,
  `set statement_timeout = '30s'`,
  `set lock_timeout = '10s'`,
  `set idle_in_transaction_session_timeout = '60s'`,
]
const READ_ONLY = `set default_transaction_read_only = on`
const PATIENT = `set local statement_timeout = 0; set local lock_timeout = '5min'`
const AS_OWNER = `set local role none`

export type PostgresOptions = {
  readonly onError: (error: unknown) => void
  /** Whether a role that row-level security does not hold for may be used where there is no other. */
  readonly allowsBypass: boolean
}

/**
 * Opens PostgreSQL by two pools: one writes, one reads and cannot write. A work that reads outside its transaction then
 * never waits for a connection that only its own end would free.
 *
 * @param url `postgres://…`; its password never appears in an error
 */
export async function openPostgres(url: string, { onError, allowsBypass }: PostgresOptions): Promise<Engine> {
  const session = [...SESSION, ...(await greet(url, allowsBypass))]
  const running = new Set<Promise<unknown>>()
  let closed = false
  const report = (error: Error) => {
    if (!closed) onError(new Error(`PostgreSQL: ${messageOf(error)}`))
  }
  const dialect = new Dialect({ pool: scopedPool(openPool(url, session, report)) })
  const writes = new Kysely<unknown>({ dialect })
  const reads = new Kysely<unknown>({
    dialect: new Dialect({ pool: scopedPool(openPool(url, [...session, READ_ONLY], report)) }),
  })
  const close = async () => {
    closed = true
    // A pool that is told to end forgets whoever still waits for a connection.
    await Promise.allSettled(running)
    await Promise.all([reads.destroy(), writes.destroy()])
  }
  const begin: Engine['transact'] = async (work) => {
    if (closed) throw new Error('the store is closed')
    const done = transact(writes, dialect, work)
    running.add(done)
    return done.finally(() => running.delete(done))
  }
  return {
    dialect: 'postgres',
    reads,
    transact: begin,
    lockForMigration,
    protect: (rules) =>
      protect(rules, {
        reads,
        asOwner: (work) =>
          begin(async (db) => {
            await lockForMigration(db)
            return work(db)
          }),
      }),
    forget: () => undefined,
    pulse: async () => null,
    close,
  }
}

// Tables are made and changed by the role that signed in: the one that queries run as may not.
async function lockForMigration(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`${PATIENT}; ${AS_OWNER}`).execute(db)
  await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(db)
}

/** Looks whether it can be used, and as whom. @returns what a session must be told besides */
async function greet(url: string, allowsBypass: boolean): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS })
  // What breaks it is heard by whoever waits for an answer.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await refuseOld(client)
    const role = await findRole(client, allowsBypass)
    await grant(client)
    return role === null ? [] : [`set role ${role}`]
  } catch (error) {
    throw new Error(`PostgreSQL at ${new URL(url).host} cannot be used: ${messageOf(error)}`)
  } finally {
    await client.end().catch(() => undefined)
  }
}

// A database from before there was the role is read as that role from the first query on.
async function grant(client: pg.Client): Promise<void> {
  const run: Run = async (statement) => (await client.query(statement)).rows
  if (await isGranted(run)) return
  await client.query(`begin; select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
  await grantTables(run)
  await client.query('commit')
}

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version_num') as version`)
  if (Number(rows[0]?.version ?? 0) < OLDEST_VERSION) throw new Error('it is older than version 13')
}

// A name with several addresses fails with one error for each and no words of its own.
function messageOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof Error ? first.message : 'it does not answer'
}

async function transact<R>(
  writes: Kysely<unknown>,
  dialect: Dialect,
  work: (db: Kysely<unknown>) => Promise<R>,
): Promise<R> {
  const undo = new Error('refused')
  const refusals: R[] = []
  try {
    return await writes.transaction().execute(async (trx) => {
      const { db, end } = guarded(dialect, scopedQueries(trx.getExecutor()), () => undefined)
      try {
        const value = await work(db)
        if (!isRefused(value)) return value
        refusals.push(value)
        throw undo
      } finally {
        end()
      }
    })
  } catch (error) {
    if (error !== undo) throw error
    return refusals[0] as R
  }
}

class Dialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return new Compiler()
  }
}

class Compiler extends PostgresQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    // A list is PostgreSQL's own: `unnest` and `any` take many values as one.
    super.addParameter(Array.isArray(parameter) ? parameter.map(toColumnValue) : toColumnValue(parameter))
  }
}

function openPool(url: string, session: readonly string[], report: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    fallback_application_name: 'sallyport',
    types: { getTypeParser },
    // The pool waits for it; a connection that cannot be set up is not handed out.
    onConnect: (client) => {
      client.on('error', report)
      return client.query(session.join(';'))
    },
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  return pool
}

// Numbers come back as on SQLite: booleans as 0 and 1, 64-bit integers and sums as numbers.
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [pg.types.builtins.INT8]: toInteger,
  [pg.types.builtins.NUMERIC]: Number,
  [pg.types.builtins.BOOL]: (text) => (text === 't' ? 1 : 0),
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  const own = format === 'binary' ? undefined : PARSERS[oid]
  return own ?? pg.types.getTypeParser(oid, format ?? 'text')
}

function toInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('the database holds an integer beyond 53 bits')
  return value
}
