import { type Chore, type Store, startChore } from '../../store/index.ts'
import { deleteReplaysBefore } from './replay-store.ts'

const EVERY = 60_000

/** Deletes answers that nobody gets any more. */
export function startReplaySweep(deps: {
  store: Store
  clock: { now: () => number }
  onError: (error: unknown) => void
}): Chore {
  const { store, clock, onError } = deps
  return startChore({
    leases: store.leases,
    name: 'oauth.refresh',
    every: EVERY,
    lease: EVERY,
    work: () => store.write((tx) => deleteReplaysBefore(tx, clock.now() - EVERY)),
    onError,
  })
}
