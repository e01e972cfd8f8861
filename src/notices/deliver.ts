import type { Clock } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import type { Post } from './attempt.ts'
import type { Claimed } from './outcome.ts'
import { webhookHeaders } from './signature.ts'
import { type DeliveryRow, tablesOf } from './tables.ts'
import type { WebhookSecrets } from './webhook-secrets.ts'

type Deps = {
  readonly store: Store
  readonly clock: Clock
  readonly secrets: WebhookSecrets
  readonly post: Post
  readonly remember: (claimed: Claimed, attempt: Awaited<ReturnType<Post>>) => Promise<void>
  /** Milliseconds for one attempt. */
  readonly timeout: number
  readonly onError: (error: unknown) => void
  /** Called when an attempt ended and there is room for another. */
  readonly onRoom: () => void
}

/** Delivers what is due, in as many attempts at once as there is room for. */
export type Deliverer = {
  readonly look: () => Promise<boolean>
  /** Begins what is due and does not wait for it. */
  readonly begin: () => Promise<void>
  /** Breaks off what is under way; it is tried again by whoever is there. */
  readonly stop: () => Promise<void>
}

/** How many attempts one webhook may have at once: so many slow answers, and the others are not delayed. */
const PER_WEBHOOK = 4
const AT_ONCE = 128
// Whoever has not written down the end of an attempt by then is not there any more.
const MARGIN_MS = 10_000

export function createDeliverer(deps: Deps): Deliverer {
  const { store, clock } = deps
  const underWay = new Map<string, Set<Promise<void>>>()
  const stopping = new AbortController()
  const countOf = (webhookId: string) => underWay.get(webhookId)?.size ?? 0
  const total = () => [...underWay.values()].reduce((sum, { size }) => sum + size, 0)

  async function look(): Promise<boolean> {
    return total() < AT_ONCE && (await dueWebhooks()).some((id) => countOf(id) < PER_WEBHOOK)
  }

  async function begin(): Promise<void> {
    for (const webhookId of await dueWebhooks()) {
      const room = Math.min(PER_WEBHOOK - countOf(webhookId), AT_ONCE - total())
      if (room <= 0 || stopping.signal.aborted) continue
      for (const claimed of await claim(webhookId, room)) track(webhookId, deliver(claimed).catch(deps.onError))
    }
  }

  function track(webhookId: string, work: Promise<void>): void {
    const running = underWay.get(webhookId) ?? new Set()
    underWay.set(webhookId, running)
    const tracked = work.finally(() => {
      running.delete(tracked)
      if (running.size === 0) underWay.delete(webhookId)
      if (!stopping.signal.aborted) deps.onRoom()
    })
    running.add(tracked)
  }

  async function deliver(claimed: Claimed): Promise<void> {
    const attempt = await attemptOf(deps, claimed, stopping.signal)
    if (attempt !== null) await deps.remember(claimed, attempt)
  }

  // In an order that chance decides anew each time, so that none is always last.
  async function dueWebhooks(): Promise<string[]> {
    const rows = await tablesOf(store)
      .selectFrom('webhook')
      .select('id')
      .where('enabled', '=', 1)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('webhook_delivery')
            .select('webhook_delivery.id')
            .whereRef('webhook_delivery.webhook_id', '=', 'webhook.id')
            .where('webhook_delivery.status', '=', 'waiting')
            .where('webhook_delivery.due_at', '<=', clock.now()),
        ),
      )
      .execute()
    return rows
      .map(({ id }) => ({ id, at: Math.random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ id }) => id)
  }

  async function claim(webhookId: string, most: number): Promise<Claimed[]> {
    const now = clock.now()
    const due = await tablesOf(store)
      .selectFrom('webhook_delivery')
      .selectAll()
      .where('webhook_id', '=', webhookId)
      .where('status', '=', 'waiting')
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(most)
      .execute()
    if (due.length === 0) return []
    return store.write(async (tx) => {
      const claimed: Claimed[] = []
      for (const row of due) {
        const { numUpdatedRows } = await tablesOf(tx)
          .updateTable('webhook_delivery')
          .set({ attempts: row.attempts + 1, tries: row.tries + 1, due_at: now + deps.timeout + MARGIN_MS })
          .where('id', '=', row.id)
          .where('attempts', '=', row.attempts)
          .where('due_at', '=', row.due_at)
          .where('status', '=', 'waiting')
          .executeTakeFirst()
        if (numUpdatedRows === 1n) claimed.push(claimedOf(row))
      }
      return claimed
    })
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await Promise.all([...underWay.values()].flatMap((running) => [...running]))
  }

  return Object.freeze({ look, begin, stop })
}

/** Tries a claimed delivery once; null when its webhook is gone. */
export async function attemptOf(
  { store, clock, secrets, post }: Pick<Deps, 'store' | 'clock' | 'secrets' | 'post'>,
  claimed: Claimed,
  stopping: AbortSignal,
) {
  const webhook = await tablesOf(store)
    .selectFrom('webhook')
    .selectAll()
    .where('id', '=', claimed.webhookId)
    .executeTakeFirst()
  if (webhook === undefined) return null
  const { id, body } = claimed
  const signers = secrets.of(webhook, clock.now())
  const headers = (seconds: number) => webhookHeaders({ id, seconds, body }, signers)
  return post({ url: webhook.url, body, headers }, stopping)
}

function claimedOf(row: DeliveryRow): Claimed {
  const { id, webhook_id: webhookId, type, body, attempts, tries } = row
  return { id, webhookId, type, body, attempt: attempts + 1, tries: tries + 1, isTest: false, jitter: Math.random() }
}
