import type { Audit } from '../audit/index.ts'
import { type Caller, type Clock, type EventTable, organizationOf } from '../core/index.ts'
import type { Secrets } from '../secrets/index.ts'
import { type Chore, type Store, startChore, startWatch, type Transaction } from '../store/index.ts'
import { sweepDeliveries } from './delivery.ts'
import { createMailQueue, listMails, type Mail, type MailStatus, type Message } from './mail.ts'
import { hasDueMail, MAIL_LEASE_MS, sendMails, sweepMails } from './send-mails.ts'
import type { NoticeSettings } from './settings.ts'
import { createSmtp } from './smtp.ts'
import { de } from './templates/de.ts'
import { en } from './templates/en.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

export type NoticesDeps = {
  readonly store: Store
  readonly secrets: Secrets
  readonly audit: Audit
  readonly clock: Clock
  readonly settings: NoticeSettings
  /** Every event there is: what a webhook may ask for. */
  readonly tables: readonly EventTable[]
  /** Told of failures that nobody waits for. */
  readonly onError: (error: unknown) => void
}

export type Notices = {
  /** Queues mails in a transaction; they are sent after its commit, by one process. See `Message`. */
  readonly mail: (tx: Transaction, message: Message) => Promise<void>
  /** Mails of the caller's organization and what became of them, newest first, continuing before an id. */
  readonly outbox: (
    filter: { readonly status?: MailStatus | undefined },
    page: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<Mail[]>
  readonly webhooks: Webhooks
  /** Begins to send and to deliver: for a process that stays. Others only queue, and leave the sending to those. */
  readonly start: () => void
  readonly stop: () => Promise<void>
}

const LOOK_EVERY = 2_000
const SWEEP_EVERY = 3_600_000

/**
 * Builds the notices: mail and webhooks. Nothing leaves before `start`.
 *
 * @example
 * const notices = await createNotices({ store, secrets, audit, clock, settings: config.notices, tables, onError })
 * await store.write((tx) => notices.mail(tx, { to: ['a@example.com'], template: 'key_leaked', data }))
 */
export async function createNotices(deps: NoticesDeps): Promise<Notices> {
  const { store, clock, settings } = deps
  const keepOnly = settings.mail.transport === 'outbox'
  const running: { readonly stop: () => Promise<void> }[] = []
  let nudge = () => {}
  const mail = createMailQueue({
    clock,
    keepOnly,
    language: settings.mail.language,
    wordings: { en, de },
    nudge: () => nudge(),
  })
  const webhooks = await createWebhooks({ ...deps, settings: settings.webhooks, mail })

  function start(): void {
    if (running.length > 0) return
    webhooks.start()
    running.push(startSweeping(deps))
    if (keepOnly) return
    const sending = startSending(deps)
    nudge = sending.nudge
    running.push(sending)
  }

  return Object.freeze({
    mail,
    webhooks: webhooks.webhooks,
    outbox: (filter, page, caller) => listMails(store, organizationOf(caller), filter, page),
    start,
    stop: async () => {
      await Promise.all([...running, webhooks].map((it) => it.stop()))
    },
  } satisfies Notices)
}

function startSending(deps: NoticesDeps) {
  const { store, onError } = deps
  const send = createSmtp(deps.settings.mail)
  const chore = startChore({
    leases: store.leases,
    name: 'notices.mail',
    every: SWEEP_EVERY,
    lease: MAIL_LEASE_MS,
    work: (held) => sendMails({ ...deps, send }, held),
    onError,
  })
  const watch = startWatch({ every: LOOK_EVERY, look: () => hasDueMail(deps), work: chore.run, onError })
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
      await sweepMails(store, clock.now() - settings.mail.keep)
      await sweepDeliveries(store, clock.now() - settings.webhooks.keep)
    },
    onError,
  })
}
