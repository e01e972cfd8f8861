import { type Chore, type Store, startChore } from '../../store/index.ts'
import type { Endings } from './endings.ts'

const EVERY = 30_000

/** Ends what hangs on sessions whose time is over, in one process at a time and in small steps. */
export function startSessionExpiry(deps: {
  store: Store
  endings: Pick<Endings, 'ofTime'>
  onError: (error: unknown) => void
}): Chore {
  const { store, endings, onError } = deps
  return startChore({
    leases: store.leases,
    name: 'oauth.sessions',
    every: EVERY,
    lease: EVERY,
    work: async (held) => {
      while ((await store.write(endings.ofTime)) && (await held()));
    },
    onError,
  })
}
