import type { Audit } from '../audit/index.ts'
import { type Chore, type Store, startChore, type Transaction } from '../store/index.ts'
import { deleteOldInvitations } from './organization/invitation/store.ts'
import { removeUnconfirmed } from './person/unconfirmed.ts'
import { deleteOldRecoveries } from './recovery/store.ts'
import type { OnSessionsEnded } from './session/ended.ts'
import { expireSessions } from './session/expire.ts'
import { tablesOf } from './tables.ts'

const EVERY = 10 * 60_000
const DAY = 24 * 3_600_000

/** How long is kept what is over, so that who comes late is told so; and browsers that nobody signed in with any more. */
const KEEP = { failure: DAY, link: 7 * DAY, invitation: 30 * DAY, recovery: 30 * DAY, device: 400 * DAY }

/** Deletes what has had its time, in one process at a time. */
export function startIdentitySweep(deps: {
  store: Store
  audit: Audit
  clock: { now: () => number }
  onSessionsEnded: OnSessionsEnded
  onError: (error: unknown) => void
}): Chore {
  const { store, clock, onError } = deps
  return startChore({
    leases: store.leases,
    name: 'identity.sweep',
    every: EVERY,
    lease: EVERY,
    work: async (held) => {
      await store.write((tx) => sweepIdentity(tx, clock.now()))
      while ((await expireSessions(deps)) && (await held()));
      while ((await removeUnconfirmed(deps)) && (await held()));
    },
    onError,
  })
}

export async function sweepIdentity(tx: Transaction, now: number): Promise<void> {
  const db = tablesOf(tx)
  await db.deleteFrom('sign_in').where('expires_at', '<=', now).execute()
  await db.deleteFrom('challenge').where('expires_at', '<=', now).execute()
  await db.deleteFrom('one_time_code').where('expires_at', '<=', now).execute()
  await db.deleteFrom('key_window').where('until', '<=', now).execute()
  await db
    .deleteFrom('sign_in_failure')
    .where('last_at', '<=', now - KEEP.failure)
    .execute()
  await db
    .deleteFrom('ticket')
    .where('expires_at', '<=', now - KEEP.link)
    .execute()
  await deleteOldInvitations(tx, now - KEEP.invitation)
  await deleteOldRecoveries(tx, now - KEEP.recovery)
  await db.deleteFrom('factor').where('active', '=', 0).where('expires_at', '<=', now).execute()
  await db
    .deleteFrom('device')
    .where('last_at', '<=', now - KEEP.device)
    .execute()
}
