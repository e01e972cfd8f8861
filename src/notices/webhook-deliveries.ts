import { actorOf, type Caller, done, organizationOf, type Result, refused } from '../core/index.ts'
import type { Transaction } from '../store/index.ts'
import type { Post } from './attempt.ts'
import { testBody } from './body.ts'
import type { WebhookDeps } from './create-webhook.ts'
import { attemptOf } from './deliver.ts'
import { type Delivery, findDelivery } from './delivery.ts'
import { rowOf } from './follow-record.ts'
import type { createOutcome } from './outcome.ts'
import { refuseNotice } from './problems.ts'
import { tablesOf } from './tables.ts'
import { webhookOf } from './webhook.ts'
import { findWebhook, holdWebhook } from './webhook-store.ts'

type Deps = WebhookDeps & {
  readonly post: Post
  readonly remember: ReturnType<typeof createOutcome>
  readonly nudge: () => void
}

/**
 * Tells a delivery once more, now, with the same `webhook-id`: a receiver that had it knows it again.
 *
 * Errors: `DELIVERY_UNKNOWN`, `WEBHOOK_DISABLED`.
 */
export function createResend(deps: Deps) {
  const { store, audit } = deps
  return (id: string, caller: Caller): Promise<Result<Delivery>> =>
    store.write(async (tx) => {
      const organization = organizationOf(caller)
      const known = await findDelivery(tx, id, organization)
      if (known === null) return refused(refuseNotice('DELIVERY_UNKNOWN'))
      const webhook = await holdWebhook(tx, known.webhookId, organization)
      if (webhook === null) return refused(refuseNotice('DELIVERY_UNKNOWN'))
      if (webhook.enabled !== 1) return refused(refuseNotice('WEBHOOK_DISABLED'))
      await makeDue(deps, tx, id)
      await audit.append(tx, {
        ...actorOf(caller),
        type: 'webhook.resent',
        outcome: 'success',
        resource: webhook.id,
        details: { delivery: id },
      })
      tx.afterCommit(deps.nudge)
      const delivery = await findDelivery(tx, id, organization)
      return delivery === null ? refused(refuseNotice('DELIVERY_UNKNOWN')) : done(delivery)
    })
}

async function makeDue({ clock }: Deps, tx: Transaction, id: string): Promise<void> {
  await tablesOf(tx)
    .updateTable('webhook_delivery')
    .set({ status: 'waiting', tries: 0, due_at: clock.now(), finished_at: null })
    .where('id', '=', id)
    .execute()
}

/**
 * Sends a test now, enabled or not, and waits for the answer. It is tried once, and says nothing of whether the webhook is
 * well. Errors: `WEBHOOK_UNKNOWN`.
 */
export function createTestWebhook(deps: Deps) {
  const { store, audit, clock } = deps
  return async (webhookId: string, caller: Caller): Promise<Result<Delivery>> => {
    const organization = organizationOf(caller)
    const found = await findWebhook(store, webhookId, organization)
    if (found === null) return refused(refuseNotice('WEBHOOK_UNKNOWN'))
    const now = clock.now()
    const fresh = rowOf(webhookOf(found), 'webhook.test', null, testBody(webhookId, now), now)
    // Finished from the start: whoever looks for what is due does not find it, also when this process dies.
    const row = { ...fresh, status: 'failed', attempts: 1, tries: 1, finished_at: now }
    await store.write((tx) => tablesOf(tx).insertInto('webhook_delivery').values(row).execute())
    const { id, type, body } = row
    const claimed = { id, webhookId, type, body, attempt: 1, tries: 1, isTest: true, jitter: 0 }
    const attempt = await attemptOf(deps, claimed, NEVER)
    if (attempt === null) return refused(refuseNotice('WEBHOOK_UNKNOWN'))
    await deps.remember(claimed, attempt)
    const answered = attempt.status ?? attempt.reason
    await audit.commit({
      ...actorOf(caller),
      type: 'webhook.tested',
      outcome: 'success',
      resource: webhookId,
      details: { delivery: id, answered },
    })
    const delivery = await findDelivery(store, id, organization)
    return delivery === null ? refused(refuseNotice('WEBHOOK_UNKNOWN')) : done(delivery)
  }
}

const NEVER = new AbortController().signal
