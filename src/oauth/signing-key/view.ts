import type { Store } from '../../store/index.ts'
import type { Shelf } from './shelf.ts'
import { TOPIC } from './store.ts'

/** The signing keys as this process knows them, kept up with what any process changes. */
export type View = {
  readonly shelf: () => Shelf
  /** Reads them again. What was committed before the call is seen after it. */
  readonly refresh: () => Promise<void>
  readonly onChange: (listener: () => void) => () => void
  /** Hears of no more changes. @returns when what was being read is there */
  readonly stop: () => Promise<void>
}

/** Opens the view of the signing keys, and tells whoever asked whenever one of them changed its state. */
export async function openView(deps: {
  store: Store
  load: () => Promise<Shelf>
  onError: (error: unknown) => void
}): Promise<View> {
  const listeners = new Set<() => void>()
  let shelf = await deps.load()

  async function read(): Promise<void> {
    const next = await deps.load()
    // Who made something of the keys, such as imported ones, goes by the object.
    if (next.mark === shelf.mark) return
    shelf = next
    for (const listener of listeners) listener()
  }

  // One at a time, each begun after it was asked for.
  let reading: Promise<void> = Promise.resolve()
  function refresh(): Promise<void> {
    const mine = reading.then(read)
    reading = mine.catch(() => undefined)
    return mine
  }

  const leave = deps.store.changes.subscribe(TOPIC, () => void refresh().catch(deps.onError))
  return Object.freeze({
    shelf: () => shelf,
    refresh,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop: async () => {
      leave()
      listeners.clear()
      await reading
    },
  })
}
