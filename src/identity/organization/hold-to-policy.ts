import { sql } from 'kysely'
import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Session } from '../session/session.ts'
import { endSessions, timesOf } from '../session/sessions.ts'
import { sessionsIn } from '../session/store.ts'
import { tablesOf } from '../tables.ts'
import type { Organization } from './organization.ts'
import { isStricter, unfitUnder } from './policy.ts'

const AT_ONCE = 200

/**
 * Holds the sessions that are there to a policy that became stricter (row I13): those that it would not let in any more
 * end, the others end earlier. How long one may rest is asked whenever it is read.
 */
export async function tighten(
  deps: IdentityDeps,
  tx: Transaction,
  before: Organization,
  after: Organization,
  caller: Caller,
): Promise<void> {
  const { absolute } = timesOf(deps, after.policy)
  await tablesOf(tx)
    .updateTable('session')
    .set({ ends_at: sql<number>`created_at + ${absolute}` })
    .where('organization', '=', after.id)
    .where(sql<boolean>`ends_at > created_at + ${absolute}`)
    .execute()
  if (!isStricter(before.policy, after.policy)) return
  await endThose(deps, tx, after.id, caller, ({ proofs }) => unfitUnder(before.policy, after.policy, proofs))
}

/** Ends every session in an organization that was disabled, and what programs hold without one. */
export async function endEvery(
  deps: IdentityDeps,
  tx: Transaction,
  organization: string,
  caller: Caller,
): Promise<void> {
  await endThose(deps, tx, organization, caller, () => 'the organization was disabled')
  await deps.onSessionsEnded(tx, { sessions: [], reach: { is: 'organization', organization }, caller })
}

/** @param why the reason for which a session ends; null leaves it */
async function endThose(
  deps: IdentityDeps,
  tx: Transaction,
  organization: string,
  caller: Caller,
  why: (session: Session) => string | null,
): Promise<void> {
  let before: string | null = null
  for (;;) {
    const sessions: Session[] = await sessionsIn(tablesOf(tx), organization, { before, limit: AT_ONCE })
    for (const [reason, those] of Map.groupBy(sessions, why)) {
      if (reason !== null) await endSessions(deps, tx, those, { caller, reason })
    }
    before = sessions.at(-1)?.id ?? null
    if (before === null) return
  }
}
