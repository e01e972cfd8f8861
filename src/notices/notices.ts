import type { Audit } from '../audit/index.ts'
import { type Caller, type Clock, type EventTable, organizationOf } from '../core/index.ts'
import type { Secrets } from '../secrets/index.ts'
import { type Chore, type Store, startChore, startWatch, type Transaction } from '../store/index.ts'
import { sweepDeliveries } from './delivery.ts'
import { createMailQueue, type Message } from './mail.ts'
import { listMails, type Mail, type OutboxFilter } from './outbox.ts'
import type { Channel } from './queue.ts'
import { openSealedBodies, type SealedBodies } from './sealed-bodies.ts'
import { hasDueMessage, MAIL_LEASE_MS, type Send, sendMessages, sweepMessages } from './send-messages.ts'
import { createTextSender } from './send-texts.ts'
import type { NoticeSettings } from './settings.ts'
import { createSmtp } from './smtp.ts'
import { readTemplates } from './templates/read-templates.ts'
import { createTextQueue, type TextMessage } from './text.ts'
import type { OpenWayOut } from './way-out.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

export type NoticesDeps = {
  readonly store: Store
  readonly secrets: Secrets
  readonly audit: Audit
  readonly clock: Clock
  readonly settings: NoticeSettings
  /** Every event there is: what a webhook may ask for. */
  readonly tables: readonly EventTable[]
  /** Opens the way out for webhooks and text messages. */
  readonly openWayOut: OpenWayOut
  /** Told of failures that nobody waits for. */
  readonly onError: (error: unknown) => void
}

type Part = { readonly before: string | null; readonly limit: number }

export type Notices = {
  /** Queues mails in a transaction; they are sent after its commit, by one process. See `Message`. */
  readonly mail: (tx: Transaction, message: Message) => Promise<void>
  /** Queues a text message, as `mail` queues mails. See `TextMessage`. */
  readonly text: (tx: Transaction, message: TextMessage) => Promise<void>
  /** Whether there are text messages at all: `notices.sms.transport` is not `off`. */
  readonly canText: boolean
  /** Messages of the caller's organization and what became of them, newest first, continuing before an id. */
  readonly outbox: (filter: OutboxFilter, page: Part, caller: Caller) => Promise<Mail[]>
  /**
   * The newest messages of every organization for whoever asks; null unless `notices.outboxPage` is on, which is for
   * development.
   */
  readonly openOutbox: ((limit: number) => Promise<Mail[]>) | null
  readonly webhooks: Webhooks
  /** Begins to send and to deliver: for a process that stays. Others only queue, and leave the sending to those. */
  readonly start: () => void
  readonly stop: () => Promise<void>
}

type Stoppable = { readonly stop: () => Promise<void> }

const LOOK_EVERY = 2_000
const SWEEP_EVERY = 3_600_000

/**
 * Builds the notices: mail, text messages and webhooks. Nothing leaves before `start`.
 *
 * @throws with a sentence for the operator when a mail of theirs (`notices.mail.templates`) cannot be used
 * @example
 * const notices = await createNotices({ store, secrets, audit, clock, settings: config.notices, tables, openWayOut, onError })
 * await store.write((tx) => notices.mail(tx, { to: ['a@example.com'], template: 'key_leaked', data }))
 */
export async function createNotices(deps: NoticesDeps): Promise<Notices> {
  const { store, clock, settings } = deps
  const bodies = await openSealedBodies(deps.secrets)
  const wordings = await readTemplates(settings.mail.templates)
  const running: Stoppable[] = []
  const nudges: Record<Channel, () => void> = { mail: () => {}, text: () => {} }
  const queue = (channel: Channel, keepOnly: boolean) => ({
    ...{ clock, channel, bodies, wordings, keepOnly, language: settings.mail.language },
    nudge: () => nudges[channel](),
  })
  const canText = settings.sms.transport !== 'off'
  const mail = createMailQueue(queue('mail', settings.mail.transport === 'outbox'))
  const text = createTextQueue({ ...queue('text', settings.sms.transport === 'outbox'), canText })
  const webhooks = await createWebhooks({ ...deps, settings: settings.webhooks, mail })
  const outboxNow = () => ({ store, bodies, now: clock.now() })

  function start(): void {
    if (running.length > 0) return
    webhooks.start()
    running.push(startSweeping(deps))
    for (const { channel, send, stop } of sendersOf(deps)) {
      const sending = startSending({ ...deps, bodies }, channel, send)
      nudges[channel] = sending.nudge
      running.push(sending, { stop })
    }
  }

  return Object.freeze({
    mail,
    text,
    canText,
    webhooks: webhooks.webhooks,
    outbox: (filter, page, caller) => listMails(outboxNow(), organizationOf(caller), filter, page),
    openOutbox: settings.outboxPage ? (limit) => listMails(outboxNow(), null, {}, { before: null, limit }) : null,
    start,
    stop: async () => {
      await Promise.all([...running, webhooks].map((it) => it.stop()))
    },
  } satisfies Notices)
}

type Sender = Stoppable & { readonly channel: Channel; readonly send: Send }

function sendersOf({ clock, openWayOut, settings: { mail, sms, webhooks } }: NoticesDeps): readonly Sender[] {
  const senders: Sender[] = []
  if (mail.transport === 'smtp') senders.push({ channel: 'mail', send: createSmtp(mail), stop: async () => {} })
  if (sms.transport === 'webhook' || sms.transport === 'http')
    senders.push({ channel: 'text', ...createTextSender({ clock, settings: sms, webhooks, openWayOut }) })
  return senders
}

function startSending(deps: NoticesDeps & { readonly bodies: SealedBodies }, channel: Channel, send: Send) {
  const { store, onError } = deps
  const chore = startChore({
    leases: store.leases,
    name: channel === 'mail' ? 'notices.mail' : 'notices.text',
    every: SWEEP_EVERY,
    lease: MAIL_LEASE_MS,
    work: (held) => sendMessages({ ...deps, channel, send }, held),
    onError,
  })
  const look = () => hasDueMessage({ ...deps, channel })
  const watch = startWatch({ every: LOOK_EVERY, look, work: chore.run, onError })
  watch.nudge()
  return {
    nudge: watch.nudge,
    stop: async () => {
      await Promise.all([watch.stop(), chore.stop()])
    },
  }
}

function startSweeping({ store, clock, settings, onError }: NoticesDeps): Chore {
  return startChore({
    leases: store.leases,
    name: 'notices.sweep',
    every: SWEEP_EVERY,
    lease: SWEEP_EVERY,
    work: async () => {
      const now = clock.now()
      await sweepMessages(store, { before: now - settings.mail.keep, now })
      await sweepDeliveries(store, now - settings.webhooks.keep)
    },
    onError,
  })
}
