import { sql } from 'kysely'
import type { Clock } from '../core/index.ts'
import type { Bus } from './bus.ts'
import { createFeed } from './change.ts'
import type { Engine } from './engine.ts'
import { createLeases } from './lease.ts'
import { createMigrator, type Migrations } from './migrate.ts'
import { storeMigrations } from './migrations/index.ts'
import type { RowRules } from './rows.ts'
import { across, inScopeOfNow, within } from './scope.ts'
import { openSqlite } from './sqlite/open.ts'
import type { Store } from './store.ts'
import { startSweeping, sweep } from './sweep.ts'
import { seenAs } from './tables.ts'
import { createWrite } from './write.ts'

const READY_MS = 2000

export type StoreOptions = {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly url: string
  /** Every module's migrations, merged; the store's own are always included. */
  readonly migrations: Migrations
  readonly bus: Bus
  readonly clock: Clock
  /** Whose the rows of tables are, for PostgreSQL to hold them apart. */
  readonly rows?: RowRules
  /** Whether a role may be used that can see all rows whatever the policies say. */
  readonly allowsBypass?: boolean
  /** False leaves the tables as they are: for a command that only shows their status. */
  readonly migrate?: boolean
  /** Hears what goes wrong where nobody waits: a poll, a sweep, a subscriber, an idle connection. Never a secret. */
  readonly onError?: (error: unknown) => void
  /** On SQLite, whether another thread of this process writes too and folds the log, so that no request here waits for it. */
  readonly foldedBeside?: boolean
}

/**
 * Opens the database and brings its tables up to date. Several processes may do so at once.
 *
 * @throws with a sentence for the operator: an address it cannot read, a database it cannot reach, tables that a newer
 * version wrote
 * @example const store = await openStore({ url: 'sqlite:./data/sallyport.db', migrations, bus: createMemoryBus(), clock })
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options)
  try {
    return await storeOn(engine, options)
  } catch (error) {
    await engine.close()
    throw error
  }
}

async function storeOn(engine: Engine, options: StoreOptions): Promise<Store> {
  const { bus, clock, onError = () => undefined } = options
  const migrator = createMigrator(engine, { ...storeMigrations, ...options.migrations }, clock)
  const feed = createFeed({ engine, bus, clock, onError })

  function up(): Promise<string[]> {
    return across('migrations change what all have', async () => {
      const names = await migrator.up()
      await engine.protect(options.rows ?? {})
      return names
    })
  }

  if (options.migrate !== false) {
    await up()
    // From here on nothing is missed: what a subscriber reads later is at least as new.
    await feed.poll()
  }
  const write = createWrite({ engine, clock, published: feed.published, onError })
  const leases = createLeases(write, clock)
  const stopSweeping = startSweeping(() => sweep({ write, leases, clock }), onError)
  let closing: Promise<void> | null = null

  // Whoever changes something may be working for one organization, and whoever hears of it for another.
  const subscribe: typeof feed.subscribe = (topic, seen) => feed.subscribe(topic, inScopeOfNow(seen))

  async function close(): Promise<void> {
    await stopSweeping()
    await feed.stop()
    await engine.close()
  }

  return Object.freeze({
    dialect: engine.dialect,
    tables: <T>() => seenAs<T>(engine.reads),
    write,
    changes: Object.freeze({ subscribe, poll: feed.poll }),
    leases,
    within,
    across,
    migrations: Object.freeze({ status: migrator.status, up }),
    ready: () => answers(engine),
    close: () => {
      closing ??= close()
      return closing
    },
  })
}

async function openEngine({
  url,
  onError = () => undefined,
  foldedBeside,
  allowsBypass = false,
}: StoreOptions): Promise<Engine> {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    // Only who configured PostgreSQL pays for its client.
    const { openPostgres } = await import('./postgres/open.ts')
    return openPostgres(url, { onError, allowsBypass })
  }
  if (!url.startsWith('sqlite:')) throw new Error('the database address must be sqlite:PATH or postgres://…')
  return openSqlite(pathOf(url), foldedBeside !== true)
}

function pathOf(url: string): string {
  const path = url.slice('sqlite:'.length)
  if (path === '') throw new Error('the database address sqlite: needs the path of a file after the colon')
  if (path !== ':memory:') return path
  throw new Error('the database cannot be kept in memory: it is read and written on two connections. Name a file')
}

async function answers(engine: Engine): Promise<boolean> {
  const late = AbortSignal.timeout(READY_MS)
  try {
    await Promise.race([sql`select 1`.execute(engine.reads), once(late)])
    return true
  } catch {
    return false
  }
}

function once(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
