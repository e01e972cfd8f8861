import { type Chore, type Store, startChore } from '../../store/index.ts'
import { entitiesOf, TOLERANCE } from './store.ts'

const EVERY = 60_000
/** How long a step may take; on SQLite it holds the process. Milliseconds. */
const STEP_MS = 8
const LEAST = 10
const MOST = 200

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
      const pace = createPace()
      while ((await sweepStep(store, clock.now(), pace)) && (await held()));
    },
    onError,
  })
}

/** How many rows a step takes: as many as the steps before it say will fit into their time. */
export type Pace = { readonly rows: () => number; readonly took: (milliseconds: number) => void }

export function createPace(): Pace {
  let rows = LEAST
  const took = (milliseconds: number): void => {
    const change = Math.min(2, Math.max(0.25, STEP_MS / milliseconds))
    rows = Math.min(MOST, Math.max(LEAST, Math.floor(rows * change)))
  }
  return Object.freeze({ rows: () => rows, took })
}

/** Deletes some and tells the pace how long that took. @returns whether there may be more */
export async function sweepStep(store: Store, now: number, pace: Pace): Promise<boolean> {
  const start = performance.now()
  const more = await sweepEntities(store, now, pace.rows())
  pace.took(performance.now() - start)
  return more
}

/** @returns whether there may be more */
export async function sweepEntities(store: Store, now: number, most = MOST): Promise<boolean> {
  const rows = await entitiesOf(store)
    .selectFrom('oauth_entity')
    .select('digest')
    .where('expires_at', '<=', now - TOLERANCE)
    // Something hangs on those, and clients want to know of their end: see `session-end`.
    .where((row) => row.or([row('model', '!=', 'Session'), row('own_session', 'is', null)]))
    .orderBy('expires_at')
    .limit(most)
    .execute()
  if (rows.length === 0) return false
  const digests = rows.map(({ digest }) => digest)
  await store.write(async (tx) => {
    await entitiesOf(tx).deleteFrom('oauth_entity').where('digest', 'in', digests).execute()
  })
  return rows.length === most
}
