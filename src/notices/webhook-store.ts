import type { LogPositions } from '../audit/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { tablesOf, type WebhookRow } from './tables.ts'
import { type Webhook, webhookOf } from './webhook.ts'

type Within = Pick<Store, 'tables'> | Pick<Transaction, 'tables'>

export async function findWebhook(within: Within, id: string, organization: string): Promise<WebhookRow | null> {
  const row = await tablesOf(within)
    .selectFrom('webhook')
    .selectAll()
    .where('id', '=', id)
    .where('organization', '=', organization)
    .executeTakeFirst()
  return row ?? null
}

/** Reads a webhook to change it; on PostgreSQL it is held until the transaction ends, so that changes queue. */
export async function holdWebhook(tx: Transaction, id: string, organization: string): Promise<WebhookRow | null> {
  const query = tablesOf(tx)
    .selectFrom('webhook')
    .selectAll()
    .where('id', '=', id)
    .where('organization', '=', organization)
  return (await (tx.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()) ?? null
}

export async function updateWebhook(tx: Transaction, id: string, columns: Partial<WebhookRow>): Promise<void> {
  await tablesOf(tx).updateTable('webhook').set(columns).where('id', '=', id).execute()
}

/** Webhooks of an organization, newest first, continuing before an id. */
export async function listWebhooks(
  store: Within,
  organization: string,
  page: { readonly before: string | null; readonly limit: number },
): Promise<Webhook[]> {
  let query = tablesOf(store).selectFrom('webhook').selectAll().where('organization', '=', organization)
  if (page.before !== null) query = query.where('id', '<', page.before)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(webhookOf)
}

/** Every webhook that is told events, of every organization. */
export async function enabledWebhooks(within: Within): Promise<Webhook[]> {
  const rows = await tablesOf(within).selectFrom('webhook').selectAll().where('enabled', '=', 1).execute()
  return rows.map(webhookOf)
}

export type Position = { readonly positions: LogPositions; readonly version: number }

/** How far the record was made into deliveries. */
export async function readPosition(within: Within): Promise<Position> {
  const row = await tablesOf(within).selectFrom('webhook_position').selectAll().executeTakeFirstOrThrow()
  return { positions: JSON.parse(row.positions) as LogPositions, version: row.version }
}

/** Moves on, if nobody else did since it was read. */
export async function movePosition(tx: Transaction, from: number, positions: LogPositions): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('webhook_position')
    .set({ positions: JSON.stringify(positions), version: from + 1 })
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * Makes sure that following begins no earlier than now when nobody was told anything so far: history is not read for
 * nobody. Holds the position until the transaction ends, so that of two first webhooks neither passes over what the other
 * is to be told.
 *
 * @param end the end of the logs, read before the transaction
 */
export async function beginToFollow(tx: Transaction, end: LogPositions): Promise<void> {
  const held = tablesOf(tx).selectFrom('webhook_position').select('version')
  const { version } = await (tx.dialect === 'postgres' ? held.forUpdate() : held).executeTakeFirstOrThrow()
  const some = await tablesOf(tx)
    .selectFrom('webhook')
    .select('id')
    .where('enabled', '=', 1)
    .limit(1)
    .executeTakeFirst()
  if (some === undefined) await movePosition(tx, version, end)
}
