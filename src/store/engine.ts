import type { Kysely } from 'kysely'
import type { RowRules } from './rows.ts'
import type { Dialect } from './store.ts'

/** What a database must be able to do; everything else of the store is written once on top of it. */
export type Engine = {
  readonly dialect: Dialect
  /** Read-only connections. */
  readonly reads: Kysely<unknown>
  /** One transaction; the rules are those of `Store.write`. */
  readonly transact: <R>(work: (db: Kysely<unknown>) => Promise<R>) => Promise<R>
  /** Keeps a second starter out until this transaction ends. */
  readonly lockForMigration: (db: Kysely<unknown>) => Promise<void>
  /** Holds tables to the organizations of their rows, where the database can. */
  readonly protect: (rules: RowRules) => Promise<void>
  /** Forgets prepared statements, after the tables changed. */
  readonly forget: () => void
  /** A value that differs when another connection may have committed since; null when that is not known cheaply. */
  readonly pulse: () => Promise<number | null>
  readonly close: () => Promise<void>
}
