import { type Clock, createId, DEFAULT_ORGANIZATION } from '../core/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { isMailAddress } from './address.ts'
import { render } from './render.ts'
import { type MailRow, tablesOf } from './tables.ts'
import type { Language, TemplateName, ValuesOf, Wordings } from './templates/values.ts'

/** What has become of a mail: to be sent, sent, kept in the outbox because nothing is sent, given up. */
export const MAIL_STATUSES = ['waiting', 'sent', 'kept', 'failed'] as const
export type MailStatus = (typeof MAIL_STATUSES)[number]

/** A mail that somebody wants written. */
export type Message = {
  [T in TemplateName]: {
    /** At most 20 addresses; each gets a mail of its own. Several times the same is one. */
    readonly to: readonly string[]
    readonly template: T
    readonly data: ValuesOf<T>
    /** What its reader reads; `notices.mail.language` unless told. */
    readonly language?: Language
    /** Whose it is; the default organization unless told. */
    readonly organization?: string
  }
}[TemplateName]

/** A mail as it is kept. Times are milliseconds. */
export type Mail = {
  readonly id: string
  readonly organization: string
  readonly to: string
  readonly template: string
  readonly subject: string
  readonly text: string
  readonly status: MailStatus
  readonly attempts: number
  readonly createdAt: number
  readonly finishedAt: number | null
  readonly reason: string | null
}

const MOST_RECIPIENTS = 20
const MOST_KEPT = 1000

type MailQueueDeps = {
  readonly clock: Clock
  readonly keepOnly: boolean
  readonly language: Language
  readonly wordings: Readonly<Record<Language, Wordings>>
  readonly nudge: () => void
}

/**
 * Queues mails in the transaction of what they tell about: both or neither. They are sent after the commit, each at
 * least once; a mail that is sent twice after a crash has the same Message-ID.
 *
 * @throws on an address that is none, more than 20 of them, or values that the template does not take: bugs of the caller
 */
export function createMailQueue(deps: MailQueueDeps) {
  return async (tx: Transaction, message: Message): Promise<void> => {
    const rows = rowsOf(deps, message)
    if (rows.length === 0) return
    await tablesOf(tx).insertInto('mail').values(rows).execute()
    if (deps.keepOnly) await forgetOldest(tx)
    else tx.afterCommit(deps.nudge)
  }
}

function rowsOf(deps: MailQueueDeps, { to, template, data, language, organization }: Message): MailRow[] {
  const now = deps.clock.now()
  const status: MailStatus = deps.keepOnly ? 'kept' : 'waiting'
  const recipients = [...new Set(to)]
  if (recipients.length > MOST_RECIPIENTS) throw new Error(`a mail goes to ${MOST_RECIPIENTS} addresses at the most`)
  const wrong = recipients.find((address) => !isMailAddress(address))
  if (wrong !== undefined) throw new Error('a recipient of a mail is not a mail address')
  const spoken = language ?? deps.language
  const written = { language: spoken, wordings: deps.wordings[spoken] }
  const { subject, text } = render(written, template, data as ValuesOf<typeof template>)
  return recipients.map((recipient) => ({
    id: createId('eml', now),
    organization: organization ?? DEFAULT_ORGANIZATION,
    recipient,
    template,
    subject,
    body: text,
    status,
    attempts: 0,
    due_at: now,
    created_at: now,
    finished_at: status === 'kept' ? now : null,
    reason: null,
  }))
}

async function forgetOldest(tx: Transaction): Promise<void> {
  const db = tablesOf(tx)
  const oldest = await db
    .selectFrom('mail')
    .select('id')
    .where('status', '=', 'kept')
    .orderBy('id', 'desc')
    .offset(MOST_KEPT)
    .limit(1)
    .executeTakeFirst()
  if (oldest === undefined) return
  await db.deleteFrom('mail').where('status', '=', 'kept').where('id', '<=', oldest.id).execute()
}

/** Mails of an organization, newest first, continuing before an id. */
export async function listMails(
  store: Pick<Store, 'tables'>,
  organization: string,
  filter: { readonly status?: MailStatus | undefined },
  page: { readonly before: string | null; readonly limit: number },
): Promise<Mail[]> {
  let query = tablesOf(store).selectFrom('mail').selectAll().where('organization', '=', organization)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (page.before !== null) query = query.where('id', '<', page.before)
  return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(mailOf)
}

export function mailOf(row: MailRow): Mail {
  return {
    id: row.id,
    organization: row.organization,
    to: row.recipient,
    template: row.template,
    subject: row.subject,
    text: row.body,
    status: row.status as MailStatus,
    attempts: row.attempts,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    reason: row.reason,
  }
}
