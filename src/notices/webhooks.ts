import type { Audit } from '../audit/index.ts'
import { type Caller, type Clock, done, type EventTable, organizationOf, type Result, refused } from '../core/index.ts'
import type { Idempotency } from '../http/index.ts'
import type { Secrets } from '../secrets/index.ts'
import { type Store, startChore, startWatch, type Transaction } from '../store/index.ts'
import { createPost } from './attempt.ts'
import {
  createChangeWebhook,
  createRemoveWebhook,
  createRotateWebhookSecret,
  type WebhookChange,
  type WebhookTarget,
} from './change-webhook.ts'
import { type CreatedWebhook, createCreateWebhook } from './create-webhook.ts'
import { createDeliverer } from './deliver.ts'
import { type Delivery, type DeliveryFilter, listDeliveries } from './delivery.ts'
import { followRecord, hasNews } from './follow-record.ts'
import type { Message } from './mail.ts'
import { createOutcome } from './outcome.ts'
import { refuseNotice } from './problems.ts'
import type { WebhookSettings } from './settings.ts'
import { createCatalog } from './subscription.ts'
import type { OpenWayOut } from './way-out.ts'
import { type Webhook, type WebhookProperties, webhookOf } from './webhook.ts'
import { createResend, createTestWebhook } from './webhook-deliveries.ts'
import { openWebhookSecrets } from './webhook-secrets.ts'
import { findWebhook, listWebhooks } from './webhook-store.ts'

type Part = { readonly before: string | null; readonly limit: number }

/** Webhooks: events told to programs outside (row K25). */
export type Webhooks = {
  /** Every name of an event that a webhook may ask for. */
  readonly names: readonly string[]
  readonly create: (
    input: WebhookProperties,
    caller: Caller,
    idempotency: Idempotency | null,
  ) => Promise<Result<CreatedWebhook>>
  /** Errors: `WEBHOOK_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<Webhook>>
  /** Newest first, continuing before an id. */
  readonly list: (page: Part, caller: Caller) => Promise<Webhook[]>
  readonly change: (target: WebhookTarget, change: WebhookChange, caller: Caller) => Promise<Result<Webhook>>
  readonly remove: (target: WebhookTarget, caller: Caller) => Promise<Result<null>>
  /** @param overlapMs milliseconds that the former secret signs too */
  readonly rotateSecret: (target: WebhookTarget, overlapMs: number, caller: Caller) => Promise<Result<CreatedWebhook>>
  readonly test: (id: string, caller: Caller) => Promise<Result<Delivery>>
  /** The log: what a webhook was told, or could not be. Newest first, continuing before an id. */
  readonly deliveries: (id: string, filter: DeliveryFilter, page: Part, caller: Caller) => Promise<Delivery[]>
  readonly resend: (deliveryId: string, caller: Caller) => Promise<Result<Delivery>>
}

export type WebhooksDeps = {
  readonly store: Store
  readonly secrets: Secrets
  readonly audit: Audit
  readonly clock: Clock
  readonly settings: WebhookSettings
  readonly tables: readonly EventTable[]
  readonly openWayOut: OpenWayOut
  readonly mail: (tx: Transaction, message: Message) => Promise<void>
  readonly onError: (error: unknown) => void
}

const FOLLOW_LEASE_MS = 30_000
const SELDOM = 3_600_000

/** Builds the webhooks. Nothing is followed or delivered before `start`; `stop` ends what it started. */
export async function createWebhooks(deps: WebhooksDeps) {
  const { store, clock, settings } = deps
  const catalog = createCatalog(deps.tables)
  const { allowInsecureHttp, allowPrivateNetworks, timeout } = settings
  const wayOut = deps.openWayOut({ allowInsecureHttp, allowPrivateNetworks, connectTimeout: timeout })
  const secrets = await openWebhookSecrets(deps.secrets)
  const post = createPost({ clock, wayOut, timeout })
  const remember = createOutcome(deps)
  const running: { readonly stop: () => Promise<void> }[] = []
  let deliverSoon = (): void => {}
  const verbs = { ...deps, catalog, wayOut, secrets, post, remember, nudge: () => deliverSoon() }

  function start(): void {
    const deliverer = createDeliverer({ ...verbs, timeout, onRoom: () => deliverSoon() })
    const delivering = startWatch({
      ...deliverer,
      every: settings.lookEvery,
      work: deliverer.begin,
      onError: deps.onError,
    })
    deliverSoon = delivering.nudge
    running.push(startFollowing({ ...deps, catalog, made: delivering.nudge }), delivering, deliverer)
  }

  async function get(id: string, caller: Caller): Promise<Result<Webhook>> {
    const row = await findWebhook(store, id, organizationOf(caller))
    return row === null ? refused(refuseNotice('WEBHOOK_UNKNOWN')) : done(webhookOf(row))
  }

  const webhooks: Webhooks = Object.freeze({
    names: catalog.names,
    create: createCreateWebhook(verbs),
    get,
    list: (page: Part, caller: Caller) => listWebhooks(store, organizationOf(caller), page),
    change: createChangeWebhook(verbs),
    remove: createRemoveWebhook(verbs),
    rotateSecret: createRotateWebhookSecret(verbs),
    test: createTestWebhook(verbs),
    deliveries: (id: string, filter: DeliveryFilter, page: Part, caller: Caller) =>
      listDeliveries(store, { webhookId: id, organization: organizationOf(caller) }, filter, page),
    resend: createResend(verbs),
  })

  async function stop(): Promise<void> {
    // First nothing new is begun, then what is under way is broken off.
    for (const it of running) await it.stop()
    await wayOut.stop()
  }

  return Object.freeze({ webhooks, start, stop })
}

type Following = Parameters<typeof followRecord>[0] &
  Pick<WebhooksDeps, 'onError' | 'settings'> & { readonly made: () => void }

function startFollowing(deps: Following) {
  const { store, onError } = deps
  const chore = startChore({
    leases: store.leases,
    name: 'notices.follow',
    every: SELDOM,
    lease: FOLLOW_LEASE_MS,
    work: (held) => followRecord(deps, held, deps.made),
    onError,
  })
  const watch = startWatch({ every: deps.settings.lookEvery, look: () => hasNews(deps), work: chore.run, onError })
  return {
    stop: async () => {
      await Promise.all([watch.stop(), chore.stop()])
    },
  }
}
