import type { Store } from '../../store/index.ts'
import { writeUse } from './store.ts'

const WRITE_EVERY = 5_000
const WRITE_APART = 60_000
const MOST_AT_ONCE = 500
const MOST_WAITING = 10_000

type Use = { readonly clientId: string; readonly secretId: string | null; readonly at: number }

export type ClientUse = {
  /** Takes a use of a client. Memory only; what is a minute apart is written. */
  readonly took: (clientId: string, secretId: string | null, now: number) => void
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Writes now and then when clients and their secrets were last used: nothing waits for it. */
export function startClientUse(deps: { store: Store; onError: (error: unknown) => void }): ClientUse {
  const waiting = new Map<string, Use>()
  const writtenAt = new Map<string, number>()
  const timer = setInterval(() => void flush().catch(deps.onError), WRITE_EVERY)
  timer.unref()

  function took(clientId: string, secretId: string | null, now: number): void {
    const name = `${clientId} ${secretId ?? ''}`
    if (now - (writtenAt.get(name) ?? 0) < WRITE_APART) return
    if (waiting.size < MOST_WAITING || waiting.has(name)) waiting.set(name, { clientId, secretId, at: now })
  }

  async function flush(): Promise<void> {
    const uses = [...waiting].slice(0, MOST_AT_ONCE)
    if (uses.length === 0) return
    await deps.store.across('uses of the clients of all are written together', () =>
      deps.store.write(async (tx) => {
        for (const [, { clientId, secretId, at }] of uses) await writeUse(tx, clientId, secretId, at)
      }),
    )
    if (writtenAt.size > MOST_WAITING) writtenAt.clear()
    for (const [name, use] of uses) {
      writtenAt.set(name, use.at)
      if (waiting.get(name) === use) waiting.delete(name)
    }
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    await flush()
  }

  return Object.freeze({ took, flush, stop })
}
