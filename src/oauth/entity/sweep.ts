import { type Chore, type Store, startChore } from '../../store/index.ts'
import { entitiesOf, TOLERANCE } from './store.ts'

const EVERY = 60_000
/** So few at a time that nobody who writes waits for long. */
const AT_ONCE = 200

/** Deletes what expired, in one process at a time and in small steps. */
export function startEntitySweep(deps: {
  store: Store
  clock: { now: () => number }
  onError: (error: unknown) => void
}): Chore {
  const { store, clock, onError } = deps
  return startChore({
    leases: store.leases,
    name: 'oauth.sweep',
    every: EVERY,
    lease: EVERY,
    work: async (held) => {
      while ((await sweepEntities(store, clock.now())) && (await held()));
    },
    onError,
  })
}

/** @returns whether there may be more */
export async function sweepEntities(store: Store, now: number): Promise<boolean> {
  const rows = await entitiesOf(store)
    .selectFrom('oauth_entity')
    .select('digest')
    .where('expires_at', '<=', now - TOLERANCE)
    // Something hangs on those, and clients want to know of their end: see `session-end`.
    .where((row) => row.or([row('model', '!=', 'Session'), row('own_session', 'is', null)]))
    .orderBy('expires_at')
    .limit(AT_ONCE)
    .execute()
  if (rows.length === 0) return false
  const digests = rows.map(({ digest }) => digest)
  await store.write(async (tx) => {
    await entitiesOf(tx).deleteFrom('oauth_entity').where('digest', 'in', digests).execute()
  })
  return rows.length === AT_ONCE
}
