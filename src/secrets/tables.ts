import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'

/** The tables this module owns. Times are milliseconds. */
export type SecretTables = {
  secret_master: {
    version: number
    /** Derived from the key, so that a wrong one is known before anything is opened. */
    id: string
    kind: string
    /** Of a passphrase only. */
    salt: Uint8Array | null
    parameters: string | null
    created_at: number
  }
  secret_data_key: {
    id: string
    purpose: string
    version: number
    wrapped: Uint8Array
    master: string
    created_at: number
    /** Sealing starts here; until then every process has time to load it. */
    active_at: number
  }
  secret_kept: { name: string; sealed: string; created_at: number }
  secret_reseal: { purpose: string; version: number; position: string | null; done_at: number | null }
}

export function tablesOf(within: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): Kysely<SecretTables> {
  return within.tables<SecretTables>()
}
