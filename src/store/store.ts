import type { Kysely } from 'kysely'
import type { Lease } from './lease.ts'
import type { MigrationStatus } from './migrate.ts'
import type { Scopes } from './scope.ts'

export type Dialect = 'sqlite' | 'postgres'

/** What a piece of work may do inside its transaction. It ends with the work: using it later throws. */
export type Transaction = Pick<Scopes, 'across'> & {
  readonly dialect: Dialect
  /** Queries inside this transaction. `T` is the caller's table types. */
  readonly tables: <T>() => Kysely<T>
  /**
   * Tells every process, this one included, that something changed. The row is written with the change itself, so a
   * rolled-back change announces nothing; it is delivered after the commit, at least once.
   *
   * @param topic what kind of thing changed, such as `keys`
   * @param ref which one, such as an id
   */
  readonly announce: (topic: string, ref: string) => Promise<void>
  /** Runs once the transaction is committed, before `write` answers. Must not throw; what it throws is only reported. */
  readonly afterCommit: (work: () => void) => void
}

export type Changes = {
  /**
   * Hears of changes, from this process right after the commit and from others by bus or poll.
   *
   * @param seen gets the ref that changed, or null when anything of the topic may have changed: drop all you cached
   * @returns stops hearing
   */
  readonly subscribe: (topic: string, seen: (ref: string | null) => void) => () => void
  /** Looks for changes of other processes now rather than at the next tick. */
  readonly poll: () => Promise<void>
}

export type Leases = {
  /**
   * Takes a named lease if nobody holds it.
   *
   * @param name the work that must happen in one process only
   * @param ttlMs milliseconds after which it falls free by itself
   * @returns null when somebody else holds it
   */
  readonly take: (name: string, ttlMs: number) => Promise<Lease | null>
}

export type Store = Scopes & {
  readonly dialect: Dialect
  /**
   * Reads outside a transaction, on connections that cannot write. On SQLite reads never wait for a writer.
   * Inside `write` use the transaction's own `tables`: this one does not see what is not committed yet.
   */
  readonly tables: <T>() => Kysely<T>
  /**
   * One transaction: committed when `work` resolves; rolled back when it throws, or when it resolves to a core
   * `Refused` value, which is then returned. Resolves only after the commit is durable.
   *
   * On SQLite all works waiting in the same turn share one commit, each inside its own savepoint, one after the other:
   * a work must await nothing but its own queries, or every writer waits with it. Nothing is retried.
   *
   * @throws when called inside another `write` (it would wait for itself), or when the database fails
   * @example await store.write(async (tx) => { await tx.tables<Tables>().insertInto('thing').values(row).execute() })
   */
  readonly write: <R>(work: (tx: Transaction) => Promise<R>) => Promise<R>
  readonly changes: Changes
  readonly leases: Leases
  readonly migrations: {
    /** Every known migration, and every applied one, in order. `at` is milliseconds, null when pending. */
    readonly status: () => Promise<MigrationStatus[]>
    /** Applies what is pending, all or nothing. Several processes may call it at once. @returns the names applied */
    readonly up: () => Promise<string[]>
  }
  /** Whether the database answers, for `/readyz`. Never throws. */
  readonly ready: () => Promise<boolean>
  /** Ends open work, then lets go of every connection. */
  readonly close: () => Promise<void>
}
