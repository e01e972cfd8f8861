import type { Event, EventInput } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import type { MadeEntry } from './entry.ts'
import type { LogWriter } from './log.ts'

const MOST = 512

type Waiting = {
  readonly entry: MadeEntry
  readonly resolve: (event: Event) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes single events that must be on the disk when they are acknowledged. Those that wait while one transaction is
 * under way share the next.
 */
export function createCommit(deps: { store: Store; append: LogWriter; make: (input: EventInput) => MadeEntry }) {
  const { store, append, make } = deps
  let waiting: Waiting[] = []
  let writing = false

  async function pump(): Promise<void> {
    writing = true
    while (waiting.length > 0) {
      await null
      const group = waiting.slice(0, MOST)
      waiting = waiting.slice(MOST)
      await writeGroup(group)
    }
    writing = false
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const entries = group.map(({ entry }) => entry)
      await store.write((tx) => append(tx, entries))
      for (const { entry, resolve } of group) resolve(entry.event)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  return (input: EventInput): Promise<Event> => {
    const entry = make(input)
    return new Promise<Event>((resolve, reject) => {
      waiting.push({ entry, resolve, reject })
      if (!writing) void pump()
    })
  }
}
