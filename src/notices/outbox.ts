import type { Store } from '../store/index.ts'
import type { Channel, MailStatus } from './queue.ts'
import type { SealedBodies } from './sealed-bodies.ts'
import { type MailRow, tablesOf } from './tables.ts'

/** A mail or text message as it is kept. Times are milliseconds. */
export type Mail = {
  readonly id: string
  readonly organization: string
  readonly channel: Channel
  readonly to: string
  readonly template: string
  /** Empty for a text message. */
  readonly subject: string
  /**
   * Null where it holds a link or code and is on its way, was sent, or works no longer. While nothing is sent it can be
   * read for as long as it works.
   */
  readonly text: string | null
  readonly status: MailStatus
  readonly attempts: number
  readonly createdAt: number
  readonly finishedAt: number | null
  readonly reason: string | null
}

export type OutboxDeps = {
  readonly store: Pick<Store, 'tables'>
  readonly bodies: SealedBodies
  readonly now: number
}
export type OutboxFilter = { readonly status?: MailStatus | undefined; readonly channel?: Channel | undefined }
type Part = { readonly before: string | null; readonly limit: number }

/** Messages of an organization, or of all with null, newest first, continuing before an id. */
export async function listMails(
  deps: OutboxDeps,
  organization: string | null,
  { status, channel }: OutboxFilter,
  page: Part,
): Promise<Mail[]> {
  let query = tablesOf(deps.store).selectFrom('mail').selectAll()
  if (organization !== null) query = query.where('organization', '=', organization)
  if (status !== undefined) query = query.where('status', '=', status)
  if (channel !== undefined) query = query.where('channel', '=', channel)
  if (page.before !== null) query = query.where('id', '<', page.before)
  const rows = await query.orderBy('id', 'desc').limit(page.limit).execute()
  return rows.map((row) => ({ ...mailOf(row), text: shownText(deps, row) }))
}

// Whoever may read the outbox must not be able to sign in as whoever a waiting mail is for.
function shownText({ bodies, now }: OutboxDeps, row: MailRow): string | null {
  if (row.sealed === 0) return row.body
  return row.status !== 'kept' || row.body === '' || hasEnded(row, now) ? null : bodies.open(row.id, row.body)
}

/** Whether the link or code of a message works no longer. */
export function hasEnded({ ends_at: endsAt }: Pick<MailRow, 'ends_at'>, now: number): boolean {
  return endsAt !== null && endsAt <= now
}

function mailOf(row: MailRow): Omit<Mail, 'text'> {
  return {
    id: row.id,
    organization: row.organization,
    channel: row.channel as Channel,
    to: row.recipient,
    template: row.template,
    subject: row.subject,
    status: row.status as MailStatus,
    attempts: row.attempts,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    reason: row.reason,
  }
}
