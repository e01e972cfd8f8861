import type { Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { RevocationMemory } from './memory.ts'
import { REVOCATION_TOPIC, readAnnounced, readRevocations } from './store.ts'

const AGAIN_AFTER = 200

/** Keeps the memory of this process up with what any process revokes. */
export type Following = {
  /** When all that was revoked before is in the memory. @throws when it cannot be read */
  readonly ready: Promise<void>
  /** Hears of nothing more, and waits for what is being read. */
  readonly stop: () => Promise<void>
}

/**
 * Follows revocations. What could not be read is read again and again until it is there: a revocation that was missed once
 * would be missed for ever.
 */
export function followRevocations(deps: {
  store: Store
  memory: RevocationMemory
  clock: Clock
  onError: (error: unknown) => void
}): Following {
  const { store, memory, clock, onError } = deps
  const wanted = new Set<string | null>()
  let reading: Promise<void> | null = null
  let again: NodeJS.Timeout | null = null
  let stopped = false

  // First heard, then read, so that nothing falls between.
  const leave = store.changes.subscribe(REVOCATION_TOPIC, (ref) => {
    wanted.add(ref)
    follow()
  })
  const ready = readAll()

  function follow(): void {
    if (stopped || reading !== null || again !== null || wanted.size === 0) return
    reading = readWanted()
      .catch((error) => {
        onError(error)
        if (!stopped) again = setTimeout(retry, AGAIN_AFTER).unref()
      })
      .finally(() => {
        reading = null
        follow()
      })
  }

  function retry(): void {
    again = null
    follow()
  }

  async function readWanted(): Promise<void> {
    for (const ref of [...wanted]) {
      if (ref === null) await readAll()
      else {
        const found = await readAnnounced(store, ref)
        if (found !== null) memory.add(found)
      }
      wanted.delete(ref)
    }
  }

  async function readAll(): Promise<void> {
    for (const revocation of await readRevocations(store, clock.now())) if (revocation !== null) memory.add(revocation)
  }

  async function stop(): Promise<void> {
    stopped = true
    leave()
    if (again !== null) clearTimeout(again)
    await Promise.allSettled([ready, reading])
  }

  return { ready, stop }
}
