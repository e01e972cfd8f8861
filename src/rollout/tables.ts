import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'

/** The table this module owns. Times are milliseconds. */
export type VersionRow = {
  version: number
  /** The settings, as JSON. */
  content: string
  digest: string
  cause: string
  /** Paths, as JSON. */
  changed: string
  created_at: number
  created_by: string
}

export type RolloutTables = Kysely<{ gateway_version: VersionRow }>

export function tablesOf(within: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): RolloutTables {
  return within.tables()
}
