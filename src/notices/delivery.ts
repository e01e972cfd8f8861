import type { Store, Transaction } from '../store/index.ts'
import { type AttemptRow, type DeliveryRow, tablesOf } from './tables.ts'

/** Still to be told, told, or given up. */
export const DELIVERY_STATUSES = ['waiting', 'delivered', 'failed'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

/** One event for one webhook, and every attempt to tell it. Times are milliseconds. */
export type Delivery = {
  /** The `webhook-id` of every attempt. */
  readonly id: string
  readonly webhookId: string
  readonly eventId: string | null
  readonly type: string
  readonly body: string
  readonly status: DeliveryStatus
  readonly attempts: readonly DeliveryAttempt[]
  readonly createdAt: number
  /** When it is tried next; null when it is finished. */
  readonly dueAt: number | null
  readonly finishedAt: number | null
}

export type DeliveryAttempt = {
  readonly number: number
  readonly at: number
  readonly duration: number
  readonly status: number | null
  readonly reason: string | null
  readonly answer: string | null
}

export type DeliveryFilter = { readonly status?: DeliveryStatus | undefined }

type Within = Pick<Store, 'tables'> | Pick<Transaction, 'tables'>

/** Deliveries of a webhook with their attempts, newest first, continuing before an id. */
export async function listDeliveries(
  within: Within,
  of: { readonly webhookId: string; readonly organization: string },
  filter: DeliveryFilter,
  page: { readonly before: string | null; readonly limit: number },
): Promise<Delivery[]> {
  let query = tablesOf(within)
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('webhook_id', '=', of.webhookId)
    .where('organization', '=', of.organization)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (page.before !== null) query = query.where('id', '<', page.before)
  return withAttempts(within, await query.orderBy('id', 'desc').limit(page.limit).execute())
}

export async function findDelivery(within: Within, id: string, organization: string): Promise<Delivery | null> {
  const rows = await tablesOf(within)
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('id', '=', id)
    .where('organization', '=', organization)
    .execute()
  return (await withAttempts(within, rows))[0] ?? null
}

async function withAttempts(within: Within, rows: readonly DeliveryRow[]): Promise<Delivery[]> {
  if (rows.length === 0) return []
  const attempts = await tablesOf(within)
    .selectFrom('webhook_attempt')
    .selectAll()
    .where(
      'delivery_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('number')
    .execute()
  return rows.map((row) =>
    deliveryOf(
      row,
      attempts.filter(({ delivery_id: id }) => id === row.id),
    ),
  )
}

function deliveryOf(row: DeliveryRow, attempts: readonly AttemptRow[]): Delivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    type: row.type,
    body: row.body,
    status: row.status as DeliveryStatus,
    attempts: attempts.map(({ delivery_id: _id, ...attempt }) => attempt),
    createdAt: row.created_at,
    dueAt: row.status === 'waiting' ? row.due_at : null,
    finishedAt: row.finished_at,
  }
}

const SWEEP_BATCH = 1000

/** Forgets deliveries that have had their time, a batch at a time, so that no transaction grows long. */
export async function sweepDeliveries(store: Store, before: number): Promise<void> {
  for (;;) {
    const rows = await tablesOf(store)
      .selectFrom('webhook_delivery')
      .select('id')
      .where('finished_at', '<', before)
      .limit(SWEEP_BATCH)
      .execute()
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0) await store.write((tx) => removeDeliveries(tx, ids))
    if (ids.length < SWEEP_BATCH) return
  }
}

async function removeDeliveries(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tablesOf(tx).deleteFrom('webhook_attempt').where('delivery_id', 'in', ids).execute()
  await tablesOf(tx).deleteFrom('webhook_delivery').where('id', 'in', ids).execute()
}

/** Takes away everything of a webhook that is gone. */
export async function removeDeliveriesOf(tx: Transaction, webhookId: string): Promise<void> {
  const db = tablesOf(tx)
  await db
    .deleteFrom('webhook_attempt')
    .where('delivery_id', 'in', (eb) =>
      eb.selectFrom('webhook_delivery').select('id').where('webhook_id', '=', webhookId),
    )
    .execute()
  await db.deleteFrom('webhook_delivery').where('webhook_id', '=', webhookId).execute()
}
