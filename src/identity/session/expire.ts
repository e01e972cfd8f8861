import { type Caller, DEFAULT_ORGANIZATION, systemPrincipal } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { tablesOf } from '../tables.ts'
import type { OnSessionsEnded } from './ended.ts'
import { deleteSessions } from './store.ts'

/** So few at a time that nobody who writes waits for long. */
const AT_ONCE = 200

/** Deletes sessions whose time is over. @returns whether there may be more */
export async function expireSessions(deps: {
  store: Store
  clock: { now: () => number }
  onSessionsEnded: OnSessionsEnded
}): Promise<boolean> {
  const { store, clock, onSessionsEnded } = deps
  const rows = await tablesOf(store)
    .selectFrom('session')
    .select('id')
    .where('ends_at', '<=', clock.now())
    .limit(AT_ONCE)
    .execute()
  if (rows.length === 0) return false
  await store.write(async (tx) => {
    const sessions = await deleteSessions(
      tx,
      rows.map(({ id }) => id),
    )
    await onSessionsEnded(tx, { sessions, reach: { is: 'sessions' }, caller: ITSELF })
  })
  return rows.length === AT_ONCE
}

const ITSELF: Caller = Object.freeze({
  principal: systemPrincipal('identity', DEFAULT_ORGANIZATION),
  address: null,
  userAgent: null,
  requestId: null,
})
