import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Clock } from '../core/index.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'
import { signCheckpoint } from './checkpoint.ts'
import { createFrontier } from './merkle.ts'
import { type LogRow, tablesOf } from './tables.ts'

const KEY_NAME = 'audit.checkpoint.key'

/** The key that signs checkpoints: made on the first start, kept sealed, the same for every process. */
export async function openCheckpointKey(secrets: Secrets): Promise<KeyObject> {
  const kept = await secrets.keep(KEY_NAME, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
  )
  return createPrivateKey({ key: kept.reveal(), type: 'pkcs8', format: 'der' })
}

/** A signed checkpoint of a log. */
export type Checkpoint = { readonly log: string; readonly size: number; readonly note: string }

/**
 * Signs the state of every log that grew since its last checkpoint; also of logs whose own process is gone.
 *
 * @returns the new checkpoints
 */
export async function signCheckpoints(deps: { store: Store; clock: Clock; key: KeyObject }): Promise<Checkpoint[]> {
  const { store, clock, key } = deps
  const signed = await lastSizes(store)
  const logs = await tablesOf(store).selectFrom('audit_log').selectAll().orderBy('number').execute()
  const grown = logs.filter(({ id, size }) => size > (signed.get(id) ?? 0))
  const rows = grown.map((log) => rowOf(log, key, clock.now()))
  if (rows.length === 0) return []
  await store.write(async (tx) => {
    await tablesOf(tx)
      .insertInto('audit_checkpoint')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  })
  return rows.map(({ log, size, note }) => ({ log, size, note }))
}

function rowOf(log: LogRow, key: KeyObject, at: number) {
  const root = createFrontier(log.size, log.frontier).root()
  const note = signCheckpoint({ log: log.id, size: log.size, root }, key)
  return { log: log.id, size: log.size, root, note, at }
}

async function lastSizes(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await tablesOf(store)
    .selectFrom('audit_checkpoint')
    .select((row) => ['log', row.fn.max('size').as('size')])
    .groupBy('log')
    .execute()
  return new Map(rows.map(({ log, size }) => [log, size]))
}
