import type { Clock } from '../../core/index.ts'
import { type Following, follow, type Store } from '../../store/index.ts'
import type { RevocationMemory } from './memory.ts'
import { REVOCATION_TOPIC, readAnnounced, readRevocations } from './store.ts'

/**
 * Keeps the memory of this process up with what any process revokes.
 *
 * @throws when what was revoked before cannot be read
 */
export function followRevocations(deps: {
  store: Store
  memory: RevocationMemory
  clock: Clock
  onError: (error: unknown) => void
}): Promise<Following> {
  const { store, memory, clock, onError } = deps

  async function read(announced: string | null): Promise<void> {
    const found =
      announced === null ? await readRevocations(store, clock.now()) : [await readAnnounced(store, announced)]
    for (const revocation of found) if (revocation !== null) memory.add(revocation)
  }

  return follow({ store, topic: REVOCATION_TOPIC, read, onError })
}
