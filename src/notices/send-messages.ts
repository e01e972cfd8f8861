import type { Audit } from '../audit/index.ts'
import type { Clock } from '../core/index.ts'
import type { Lease, Store } from '../store/index.ts'
import { waitAfter } from './backoff.ts'
import { hasEnded } from './outbox.ts'
import type { Channel, MailStatus } from './queue.ts'
import type { SealedBodies } from './sealed-bodies.ts'
import { type MailRow, tablesOf } from './tables.ts'

/** A message that leaves now. */
export type Outgoing = {
  readonly id: string
  readonly to: string
  readonly template: string
  readonly subject: string
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** How an attempt to send ended. `lasting`: another attempt would end the same; `server`: it is the server, not the message. */
export type Sent =
  | { readonly is: 'sent' }
  /** It was broken off from our side: whoever comes next tries it again. */
  | { readonly is: 'aborted' }
  | {
      readonly is: 'failed'
      readonly reason: string
      readonly lasting: boolean
      readonly server: boolean
      /** Milliseconds that the server wants to be left alone; null when it said nothing. */
      readonly retryAfter: number | null
    }

type Ended = Exclude<Sent, { is: 'aborted' }>

export type Send = (message: Outgoing) => Promise<Sent>

/** The longest that one message may take with everything around it. */
export const MAIL_LEASE_MS = 120_000
const BATCH = 50
const TOO_LATE: Ended = {
  is: 'failed',
  reason: 'what it was for had ended before it could be sent',
  lasting: true,
  server: false,
  retryAfter: null,
}

type Deps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly channel: Channel
  readonly bodies: SealedBodies
  readonly send: Send
}

/** Whether a message is due. */
export async function hasDueMessage({ store, clock, channel }: Pick<Deps, 'store' | 'clock' | 'channel'>) {
  return (await dueMessages(store, channel, clock.now(), 1)).length > 0
}

/** Sends what is due, one after the other, for as long as the lease is held. */
export async function sendMessages(deps: Deps, held: Lease['renew']): Promise<void> {
  for (;;) {
    const rows = await dueMessages(deps.store, deps.channel, deps.clock.now(), BATCH)
    for (const row of rows) {
      if (!(await held())) return
      const sent = hasEnded(row, deps.clock.now()) ? TOO_LATE : await deps.send(outgoing(deps, row))
      if (sent.is === 'aborted') return
      await remember(deps, row, sent)
      // The others would fail alike; they stay due, and are tried at the next look.
      if (sent.is === 'failed' && sent.server) return
    }
    if (rows.length < BATCH) return
  }
}

function dueMessages(store: Store, channel: Channel, now: number, limit: number): Promise<MailRow[]> {
  return tablesOf(store)
    .selectFrom('mail')
    .selectAll()
    .where('status', '=', 'waiting')
    .where('channel', '=', channel)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute()
}

function outgoing({ bodies }: Deps, { id, recipient, template, subject, body, sealed, created_at }: MailRow): Outgoing {
  const text = sealed === 1 ? bodies.open(id, body) : body
  return { id, to: recipient, template, subject, text, createdAt: created_at }
}

async function remember({ store, audit, clock }: Deps, row: MailRow, sent: Ended): Promise<void> {
  const now = clock.now()
  const attempts = row.attempts + 1
  const wait = sent.is === 'sent' || sent.lasting ? null : waitAfter(attempts, sent.retryAfter, Math.random())
  const status: MailStatus = sent.is === 'sent' ? 'sent' : wait === null ? 'failed' : 'waiting'
  const reason = sent.is === 'sent' ? null : sent.reason
  const isOver = status !== 'waiting'
  await store.write(async (tx) => {
    const { numUpdatedRows } = await tablesOf(tx)
      .updateTable('mail')
      .set({ status, attempts, reason, due_at: now + (wait ?? 0), finished_at: isOver ? now : null })
      // Nobody needs it any more, so nobody can read it any more.
      .set(isOver && row.sealed === 1 ? { body: '' } : {})
      .where('id', '=', row.id)
      .where('status', '=', 'waiting')
      .where('attempts', '=', row.attempts)
      .executeTakeFirst()
    if (numUpdatedRows !== 1n || status !== 'failed') return
    const { id: resource, organization, template } = row
    await audit.append(tx, {
      type: row.channel === 'text' ? 'text.failed' : 'mail.failed',
      outcome: 'failure',
      organization,
      resource,
      details: { template, attempts, reason },
    })
  })
}

/** Forgets messages that have had their time, and of the kept ones what works no longer. */
export async function sweepMessages(store: Store, { before, now }: { before: number; now: number }): Promise<void> {
  await store.write(async (tx) => {
    await tablesOf(tx).deleteFrom('mail').where('finished_at', '<', before).execute()
    await tablesOf(tx)
      .updateTable('mail')
      .set({ body: '' })
      .where('ends_at', '<=', now)
      .where('status', '=', 'kept')
      .where('body', '!=', '')
      .execute()
  })
}
