import type { Audit } from '../audit/index.ts'
import type { Clock } from '../core/index.ts'
import type { Lease, Store } from '../store/index.ts'
import { waitAfter } from './backoff.ts'
import { type Mail, mailOf } from './mail.ts'
import type { SendMail, Sent } from './smtp.ts'
import { tablesOf } from './tables.ts'

/** The longest that one mail may take with everything around it. */
export const MAIL_LEASE_MS = 120_000
const BATCH = 50

type Deps = { readonly store: Store; readonly audit: Audit; readonly clock: Clock; readonly send: SendMail }

/** Whether a mail is due. */
export async function hasDueMail({ store, clock }: Pick<Deps, 'store' | 'clock'>): Promise<boolean> {
  return (await dueMails(store, clock.now(), 1)).length > 0
}

/** Sends what is due, one after the other, for as long as the lease is held. */
export async function sendMails(deps: Deps, held: Lease['renew']): Promise<void> {
  for (;;) {
    const mails = await dueMails(deps.store, deps.clock.now(), BATCH)
    for (const mail of mails) {
      if (!(await held())) return
      const sent = await deps.send(mail)
      await remember(deps, mail, sent)
      // The others would fail alike; they stay due, and are tried at the next look.
      if (sent.is === 'failed' && sent.server) return
    }
    if (mails.length < BATCH) return
  }
}

async function dueMails(store: Store, now: number, limit: number): Promise<Mail[]> {
  const rows = await tablesOf(store)
    .selectFrom('mail')
    .selectAll()
    .where('status', '=', 'waiting')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute()
  return rows.map(mailOf)
}

async function remember({ store, audit, clock }: Deps, mail: Mail, sent: Sent): Promise<void> {
  const now = clock.now()
  const attempts = mail.attempts + 1
  const wait = sent.is === 'sent' || sent.lasting ? null : waitAfter(attempts, null, Math.random())
  const status = sent.is === 'sent' ? 'sent' : wait === null ? 'failed' : 'waiting'
  const reason = sent.is === 'sent' ? null : sent.reason
  await store.write(async (tx) => {
    const { numUpdatedRows } = await tablesOf(tx)
      .updateTable('mail')
      .set({ status, attempts, reason, due_at: now + (wait ?? 0), finished_at: status === 'waiting' ? null : now })
      .where('id', '=', mail.id)
      .where('status', '=', 'waiting')
      .where('attempts', '=', mail.attempts)
      .executeTakeFirst()
    if (numUpdatedRows !== 1n || status !== 'failed') return
    const { id: resource, organization, template } = mail
    await audit.append(tx, {
      type: 'mail.failed',
      outcome: 'failure',
      organization,
      resource,
      details: { template, attempts, reason },
    })
  })
}

/** Forgets mails that have had their time. */
export async function sweepMails(store: Store, before: number): Promise<void> {
  await store.write(async (tx) => {
    await tablesOf(tx).deleteFrom('mail').where('finished_at', '<', before).execute()
  })
}
