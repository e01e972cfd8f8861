import type { Audit } from '../audit/index.ts'
import type { Clock, EventInput } from '../core/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import type { Attempt } from './attempt.ts'
import { waitAfter } from './backoff.ts'
import type { DeliveryStatus } from './delivery.ts'
import type { Message } from './mail.ts'
import type { WebhookSettings } from './settings.ts'
import { tablesOf, type WebhookRow } from './tables.ts'
import { originOf } from './webhook.ts'
import { updateWebhook } from './webhook-store.ts'

/** A delivery that this process is at: nobody else tries it before `due`. */
export type Claimed = {
  readonly id: string
  readonly webhookId: string
  readonly type: string
  readonly body: string
  /** The number of this attempt, and which it is since the delivery was last asked for. */
  readonly attempt: number
  readonly tries: number
  /** A test is tried once, and counts for nothing. */
  readonly isTest: boolean
  /** From 0 to 1: how far the wait before the next attempt is spread. */
  readonly jitter: number
}

type Deps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly settings: WebhookSettings
  readonly mail: (tx: Transaction, message: Message) => Promise<void>
}

// One failure after a long silence proves little.
const FEWEST_FAILURES = 5
const GONE = 410

/**
 * Writes down how an attempt ended and what follows: done, tried again later, given up; the webhook well, failing, or
 * disabled. All in one transaction, with its Events and mails.
 */
export function createOutcome(deps: Deps) {
  return (claimed: Claimed, attempt: Attempt): Promise<void> =>
    deps.store.write((tx) => (attempt.isAborted ? release(deps, tx, claimed) : remember(deps, tx, claimed, attempt)))
}

// It was not tried, so it does not count.
async function release({ clock }: Deps, tx: Transaction, { id, attempt, tries }: Claimed): Promise<void> {
  await tablesOf(tx)
    .updateTable('webhook_delivery')
    .set({ attempts: attempt - 1, tries: tries - 1, due_at: clock.now() })
    .where('id', '=', id)
    .where('attempts', '=', attempt)
    .execute()
}

// The webhook first, as whoever removes one: two transactions that hold the same rows in another order end each other.
async function remember(deps: Deps, tx: Transaction, claimed: Claimed, attempt: Attempt): Promise<void> {
  const now = deps.clock.now()
  const webhook = await holdById(tx, claimed.webhookId)
  if (webhook === null) return
  const status = statusAfter(claimed, attempt)
  const wait = status === 'waiting' ? waitFor(claimed, attempt) : 0
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('webhook_delivery')
    .set({ status, due_at: now + (wait ?? 0), finished_at: status === 'waiting' ? null : now })
    .where('id', '=', claimed.id)
    .where('attempts', '=', claimed.attempt)
    .executeTakeFirst()
  // Another process believed this one dead, and is at it now.
  if (numUpdatedRows !== 1n) return
  await insertAttempt(tx, claimed, attempt)
  if (claimed.isTest) return
  const givenUp = status === 'failed' ? [failedEvent(webhook, claimed, attempt)] : []
  const about = status === 'delivered' ? await recovered(tx, webhook) : await failing(deps, tx, webhook, attempt, now)
  for (const event of [...givenUp, ...about]) await deps.audit.append(tx, event)
}

function statusAfter(claimed: Claimed, attempt: Attempt): DeliveryStatus {
  const { status } = attempt
  if (status !== null && status >= 200 && status < 300) return 'delivered'
  return waitFor(claimed, attempt) === null ? 'failed' : 'waiting'
}

function waitFor({ isTest, tries, jitter }: Claimed, { status, retryAfter }: Attempt): number | null {
  return isTest || status === GONE ? null : waitAfter(tries, retryAfter, jitter)
}

async function insertAttempt(tx: Transaction, { id, attempt }: Claimed, ended: Attempt): Promise<void> {
  const { at, duration, status, reason, answer } = ended
  await tablesOf(tx)
    .insertInto('webhook_attempt')
    .values({ delivery_id: id, number: attempt, at, duration, status, reason, answer })
    .execute()
}

async function recovered(tx: Transaction, { id, failures }: WebhookRow): Promise<EventInput[]> {
  if (failures > 0) await updateWebhook(tx, id, { failures: 0, failing_since: null })
  return []
}

async function failing(deps: Deps, tx: Transaction, webhook: WebhookRow, attempt: Attempt, now: number) {
  const failures = webhook.failures + 1
  const since = webhook.failing_since ?? now
  const isLong = now - since >= deps.settings.disableAfter && failures >= FEWEST_FAILURES
  const reason =
    attempt.status === GONE ? 'it answered 410: it is gone' : isLong ? `it failed since ${iso(since)}` : null
  await updateWebhook(tx, webhook.id, {
    failures,
    failing_since: since,
    ...(reason === null ? {} : { enabled: 0, disabled_reason: reason }),
  })
  if (reason === null || webhook.enabled === 0) return []
  await tell(deps, tx, webhook, reason)
  return [disabledEvent(webhook, reason, failures, since)]
}

async function tell({ mail }: Deps, tx: Transaction, { id, organization, url, contacts }: WebhookRow, reason: string) {
  const to = JSON.parse(contacts) as string[]
  const data = { webhook: id, address: originOf(url), reason }
  await mail(tx, { to, template: 'webhook_disabled', data, organization })
}

function disabledEvent(webhook: WebhookRow, reason: string, failures: number, since: number): EventInput {
  const { id: resource, organization } = webhook
  const details = { reason, failures, failingSince: iso(since) }
  return { type: 'webhook.disabled', outcome: 'failure', organization, resource, details }
}

function failedEvent({ id, organization }: WebhookRow, claimed: Claimed, { status, reason }: Attempt): EventInput {
  const why = reason ?? `answered ${status}`
  const details = { delivery: claimed.id, about: claimed.type, attempts: claimed.attempt, reason: why }
  return { type: 'webhook.delivery_failed', outcome: 'failure', organization, resource: id, details }
}

async function holdById(tx: Transaction, id: string): Promise<WebhookRow | null> {
  const query = tablesOf(tx).selectFrom('webhook').selectAll().where('id', '=', id)
  return (await (tx.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()) ?? null
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
