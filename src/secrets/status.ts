import type { Store } from '../store/index.ts'
import { readMasters } from './masters.ts'
import { tablesOf } from './tables.ts'

export type SecretsStatus = {
  /** The one in use first. Times are milliseconds. */
  readonly masters: readonly { version: number; id: string; kind: string; createdAt: number }[]
  readonly dataKeys: readonly { id: string; purpose: string; version: number; createdAt: number; activeAt: number }[]
  /** Purposes whose values are being sealed again, or were last. */
  readonly reseals: readonly { purpose: string; version: number; doneAt: number | null }[]
}

/** Which keys there are and how old; never a key itself. */
export async function statusOf(store: Store): Promise<SecretsStatus> {
  const tables = tablesOf(store)
  const masters = await readMasters(store)
  const dataKeys = await tables
    .selectFrom('secret_data_key')
    .select(['id', 'purpose', 'version', 'created_at as createdAt', 'active_at as activeAt'])
    .orderBy('purpose')
    .orderBy('version', 'desc')
    .execute()
  const reseals = await tables
    .selectFrom('secret_reseal')
    .select(['purpose', 'version', 'done_at as doneAt'])
    .orderBy('purpose')
    .execute()
  return {
    masters: masters.map(({ version, id, kind, created_at }) => ({ version, id, kind, createdAt: created_at })),
    dataKeys,
    reseals,
  }
}
