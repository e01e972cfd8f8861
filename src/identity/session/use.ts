import type { Store } from '../../store/index.ts'
import { tablesOf } from '../tables.ts'
import type { SessionEntry } from './entry.ts'

const WRITE_AFTER = 60_000
const WRITE_EVERY = 5_000
const MOST_AT_ONCE = 500

export type SessionUse = {
  /** Takes a use of a session. Memory only; a minute apart it is written, so that other processes know. */
  readonly took: (entry: SessionEntry, now: number) => void
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Writes now and then when sessions were last used: nothing waits for it, and what is lost makes them end earlier. */
export function startSessionUse(deps: { store: Store; onError: (error: unknown) => void }): SessionUse {
  const waiting = new Map<string, SessionEntry>()
  const timer = setInterval(() => void flush().catch(deps.onError), WRITE_EVERY)
  timer.unref()

  function took(entry: SessionEntry, now: number): void {
    const { use } = entry
    use.at = Math.max(use.at, now)
    if (now - use.writtenAt >= WRITE_AFTER) waiting.set(entry.session.id, entry)
  }

  async function flush(): Promise<void> {
    const entries = [...waiting.values()].slice(0, MOST_AT_ONCE)
    if (entries.length === 0) return
    await deps.store.across('uses of the sessions of all are written together', () => write(deps.store, entries))
    for (const entry of entries) {
      entry.use.writtenAt = entry.use.at
      waiting.delete(entry.session.id)
    }
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    await flush()
  }

  return Object.freeze({ took, flush, stop })
}

function write(store: Store, entries: readonly SessionEntry[]): Promise<void> {
  return store.write(async (tx) => {
    for (const { session, use } of entries) {
      await tablesOf(tx)
        .updateTable('session')
        .set({ used_at: use.at })
        .where('id', '=', session.id)
        .where('used_at', '<', use.at)
        .execute()
    }
  })
}
