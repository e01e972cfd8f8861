import type { Generated, Kysely } from 'kysely'

/** The rows the store itself owns. */
export type StoreTables = {
  change: { seq: Generated<number>; txid: number; topic: string; ref: string; at: number }
  lease: { name: string; holder: string; fence: number; expires_at: number }
  idempotency: { scope: string; key: string; fingerprint: string; ref: string; at: number }
}

/** One connection seen through the tables its user owns. */
export function seenAs<T>(db: Kysely<unknown>): Kysely<T> {
  return db as unknown as Kysely<T>
}
