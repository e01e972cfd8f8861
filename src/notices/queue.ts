import { type Clock, createId, DEFAULT_ORGANIZATION } from '../core/index.ts'
import type { Transaction } from '../store/index.ts'
import type { SealedBodies } from './sealed-bodies.ts'
import { type MailRow, tablesOf } from './tables.ts'
import { isSecret, LANGUAGES, type Language } from './templates/values.ts'

/** Mails and text messages wait in one queue. */
export const CHANNELS = ['mail', 'text'] as const
export type Channel = (typeof CHANNELS)[number]

/** What has become of a message: to be sent, sent, kept in the outbox because nothing is sent, given up. */
export const MAIL_STATUSES = ['waiting', 'sent', 'kept', 'failed'] as const
export type MailStatus = (typeof MAIL_STATUSES)[number]

/** A message that is written already. */
export type Draft = {
  readonly recipient: string
  readonly template: string
  /** What its template was given: whether it is secret, and for how long it lets somebody in. */
  readonly data: Readonly<Record<string, unknown>>
  readonly subject: string
  readonly text: string
  readonly organization: string | undefined
}

export type QueueDeps = {
  readonly clock: Clock
  readonly channel: Channel
  readonly bodies: SealedBodies
  /** Nothing is sent: messages are kept to be read. */
  readonly keepOnly: boolean
  readonly nudge: () => void
}

const MOST_KEPT = 1000
const LENGTHS = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const

/** Puts messages into the queue, in the transaction of what they tell about. Those with a link or code are sealed. */
export async function enqueue(deps: QueueDeps, tx: Transaction, drafts: readonly Draft[]): Promise<void> {
  if (drafts.length === 0) return
  const rows = drafts.map((draft) => rowOf(deps, draft))
  await tx.across('a message is kept where its reader’s account is', async () => {
    await tablesOf(tx).insertInto('mail').values(rows).execute()
    if (deps.keepOnly) await forgetOldest(tx)
  })
  if (!deps.keepOnly) tx.afterCommit(deps.nudge)
}

function rowOf({ clock, channel, bodies, keepOnly }: QueueDeps, draft: Draft): MailRow {
  const now = clock.now()
  const id = createId('eml', now)
  const sealed = isSecret(Object.keys(draft.data))
  return {
    id,
    organization: draft.organization ?? DEFAULT_ORGANIZATION,
    channel,
    recipient: draft.recipient,
    template: draft.template,
    subject: draft.subject,
    body: sealed ? bodies.seal(id, draft.text) : draft.text,
    sealed: sealed ? 1 : 0,
    status: keepOnly ? 'kept' : 'waiting',
    attempts: 0,
    due_at: now,
    created_at: now,
    ends_at: sealed ? endOf(draft.data, now) : null,
    finished_at: keepOnly ? now : null,
    reason: null,
  }
}

// Its own words say how long a link or code works.
function endOf(data: Draft['data'], now: number): number | null {
  for (const [name, length] of Object.entries(LENGTHS)) {
    const amount = data[name]
    if (typeof amount === 'number') return now + Math.round(amount * length)
  }
  return null
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

/** The language that a message is written in: its reader's, or the one for all others. */
export function languageOf(asked: Language | undefined, otherwise: Language): Language {
  const language = asked ?? otherwise
  if (!LANGUAGES.includes(language)) throw new Error(`there are no messages in "${language}"`)
  return language
}
