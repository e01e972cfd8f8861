import type { Audit } from '../audit/index.ts'
import { type Clock, createId } from '../core/index.ts'
import type { Lease, Store, Transaction } from '../store/index.ts'
import { bodyOf } from './body.ts'
import type { Catalog } from './subscription.ts'
import { type DeliveryRow, tablesOf } from './tables.ts'
import type { Webhook } from './webhook.ts'
import { enabledWebhooks, movePosition, readPosition } from './webhook-store.ts'

type Deps = { readonly store: Store; readonly audit: Audit; readonly catalog: Catalog; readonly clock: Clock }

/** Deliveries of traffic that may wait for one webhook; changes are never left out. */
const MOST_WAITING = 10_000
const ROWS_PER_INSERT = 100

/** Whether somebody wants to be told, and something was written since. */
export async function hasNews({ store, audit }: Pick<Deps, 'store' | 'audit'>): Promise<boolean> {
  const some = await tablesOf(store)
    .selectFrom('webhook')
    .select('id')
    .where('enabled', '=', 1)
    .limit(1)
    .executeTakeFirst()
  if (some === undefined) return false
  const [{ positions }, end] = await Promise.all([readPosition(store), audit.end()])
  return Object.entries(end).some(([log, seq]) => seq > (positions[log] ?? -1))
}

/**
 * Makes deliveries of what was written to the record. They and the position are one transaction, so an event that was
 * written is told, whatever dies in between, and no event is made into two deliveries.
 */
export async function followRecord(deps: Deps, held: Lease['renew'], made: () => void): Promise<void> {
  for (let more = true; more && (await held()); ) more = await step(deps, made)
}

async function step({ store, audit, catalog, clock }: Deps, made: () => void): Promise<boolean> {
  const webhooks = await enabledWebhooks(store)
  const { positions, version } = await readPosition(store)
  const types = [...catalog.types(webhooks.flatMap(({ events }) => events))]
  const followed = await audit.follow({ after: positions, types })
  const now = clock.now()
  const wanted = followed.events.flatMap(({ event }) =>
    webhooks.flatMap((webhook) => {
      const told = catalog.nameFor(webhook, event)
      return told === null
        ? []
        : [{ webhook, isTraffic: told.isTraffic, row: rowOf(webhook, told.name, event.id, bodyOf(told, event), now) }]
    }),
  )
  const isMine = await store.write(async (tx) => {
    if (!(await movePosition(tx, version, followed.positions))) return false
    await insert(tx, wanted)
    return true
  })
  if (isMine && wanted.length > 0) made()
  return isMine && followed.more
}

type Wanted = { readonly webhook: Webhook; readonly isTraffic: boolean; readonly row: DeliveryRow }

async function insert(tx: Transaction, wanted: readonly Wanted[]): Promise<void> {
  const rows: DeliveryRow[] = []
  for (const [id, of] of Map.groupBy(wanted, ({ webhook }) => webhook.id)) {
    const traffic = of.filter(({ isTraffic }) => isTraffic)
    const room = traffic.length === 0 ? 0 : Math.max(0, MOST_WAITING - (await countWaiting(tx, id)))
    const left = new Set(traffic.slice(room))
    if (left.size > 0) await countDropped(tx, id, left.size)
    rows.push(...of.filter((it) => !left.has(it)).map(({ row }) => row))
  }
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
    await tablesOf(tx)
      .insertInto('webhook_delivery')
      .values(rows.slice(at, at + ROWS_PER_INSERT))
      .execute()
  }
}

async function countWaiting(tx: Transaction, webhookId: string): Promise<number> {
  const { count } = await tablesOf(tx)
    .selectFrom('webhook_delivery')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('webhook_id', '=', webhookId)
    .where('status', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return Number(count)
}

async function countDropped(tx: Transaction, webhookId: string, count: number): Promise<void> {
  await tablesOf(tx)
    .updateTable('webhook')
    .set((eb) => ({ dropped: eb('dropped', '+', count) }))
    .where('id', '=', webhookId)
    .execute()
}

/** A delivery that is due at once. */
export function rowOf(
  webhook: Pick<Webhook, 'id' | 'organization'>,
  type: string,
  eventId: string | null,
  body: string,
  now: number,
): DeliveryRow {
  return {
    id: createId('dlv', now),
    webhook_id: webhook.id,
    organization: webhook.organization,
    event_id: eventId,
    type,
    body,
    status: 'waiting',
    attempts: 0,
    tries: 0,
    due_at: now,
    created_at: now,
    finished_at: null,
  }
}
