import { inScopeOfNow } from './scope.ts'
import type { Store } from './store.ts'

const AGAIN_AFTER = 200

/** What keeps a memory of this process up with what any process writes. */
export type Following = {
  /** Reads what changed, or everything with null, and waits for it. @throws when it cannot be read */
  readonly reload: (ref: string | null) => Promise<void>
  /** Hears of nothing more, and waits for what is being read. */
  readonly stop: () => Promise<void>
}

/**
 * Reads everything, and then whatever changes. What could not be read is read again and again until it is there: a change
 * that was missed once would be missed for ever.
 *
 * @throws when it cannot be read at the start
 */
export async function follow(deps: {
  store: Store
  topic: string
  read: (ref: string | null) => Promise<void>
  onError: (error: unknown) => void
}): Promise<Following> {
  const { store, topic, onError } = deps
  // Whoever changed something may be working for one organization.
  const read = inScopeOfNow(deps.read)
  const wanted = new Set<string | null>()
  let reading: Promise<void> | null = null
  let again: NodeJS.Timeout | null = null
  let stopped = false
  // One reading at a time: what was read later must not be overwritten by what was read earlier.
  let turn: Promise<unknown> = Promise.resolve()

  function reload(ref: string | null): Promise<void> {
    const mine = turn.then(() => read(ref))
    turn = mine.catch(() => undefined)
    return mine
  }

  function goOn(): void {
    if (stopped || reading !== null || again !== null || wanted.size === 0) return
    reading = readWanted()
      .catch((error) => {
        onError(error)
        if (!stopped) again = setTimeout(retry, AGAIN_AFTER).unref()
      })
      .finally(() => {
        reading = null
        goOn()
      })
  }

  function retry(): void {
    again = null
    goOn()
  }

  async function readWanted(): Promise<void> {
    for (const ref of [...wanted]) {
      // Forgotten first: what is announced during the reading is read once more.
      wanted.delete(ref)
      await reload(ref).catch((error) => {
        wanted.add(ref)
        throw error
      })
    }
  }

  // First heard, then read, so that nothing falls between.
  const leave = store.changes.subscribe(topic, (ref) => {
    wanted.add(ref)
    goOn()
  })
  try {
    await reload(null)
  } catch (error) {
    await stop()
    throw error
  }

  async function stop(): Promise<void> {
    stopped = true
    leave()
    if (again !== null) clearTimeout(again)
    await Promise.allSettled([reading, turn])
  }

  return Object.freeze({ reload, stop })
}

/** Those who want to hear of something. */
export function createListeners<T>() {
  const listeners = new Set<(what: T) => void>()
  return Object.freeze({
    tell: (what: T) => {
      for (const heard of [...listeners]) heard(what)
    },
    /** @returns stops hearing */
    subscribe: (heard: (what: T) => void) => {
      // A function of its own for each subscription: the same one may subscribe twice and leave once.
      const listener = (what: T) => heard(what)
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  })
}
