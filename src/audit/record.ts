import { setTimeout as sleep } from 'node:timers/promises'
import type { EventInput } from '../core/index.ts'
import type { Entry } from './entry.ts'

// So many waiting events are written at once rather than at the next tick.
const MANY = 1024
// Short, so that a change never waits long for the lock of the database.
const BATCH = 1024
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
const LAST_ATTEMPTS = 5

export type Recorder = {
  readonly record: (input: EventInput) => void
  /** Writes all that waits now. @throws when it could not be written; it goes on waiting */
  readonly flush: () => Promise<void>
  /** Writes what waits, trying a few times, and takes nothing more. @returns how many events were lost */
  readonly stop: () => Promise<number>
}

/**
 * Takes access events without waiting and writes them in batches. The queue is bounded: what comes when it is full is
 * counted, and as soon as there is room one event tells how many were lost. A database that is down loses nothing
 * while the queue has room.
 */
export function createRecorder(deps: {
  /** Takes the canonical forms; resolves when they are on the disk. */
  write: (rests: readonly string[]) => Promise<void>
  make: (input: EventInput) => Entry
  settings: { readonly flushEvery: number; readonly queue: number }
  onDropped: (count: number) => void
  onError: (error: unknown) => void
}): Recorder {
  const { write, make, settings, onDropped, onError } = deps
  // Texts alone: objects that wait would keep the collector busy.
  const waiting: string[] = []
  let dropped = 0
  let writing: Promise<void> | null = null
  let pause = 0
  let timer: NodeJS.Timeout | null = null
  let stopped = false

  function record(input: EventInput): void {
    const { rest } = make(input)
    if (stopped || waiting.length >= settings.queue) {
      dropped += 1
      onDropped(1)
      return
    }
    waiting.push(rest)
    if (timer === null || waiting.length === MANY) schedule()
  }

  // The next batch: soon when many wait, later when the database did not take the last one.
  function schedule(): void {
    if (stopped || writing !== null || waiting.length === 0) return
    if (timer !== null) clearTimeout(timer)
    const soon = waiting.length >= MANY ? 0 : settings.flushEvery
    timer = setTimeout(() => void writeAll().catch(onError), pause > 0 ? Math.max(pause, soon) : soon)
    timer.unref()
  }

  function writeAll(): Promise<void> {
    writing ??= writeWaiting().finally(() => {
      writing = null
      schedule()
    })
    return writing
  }

  // All that waits when it begins, in short transactions. What waits stays in the queue until it is on the disk.
  async function writeWaiting(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    let left = waiting.length
    try {
      if (dropped > 0) await writeDropped()
      for (; left > 0; left -= BATCH) await writeBatch(Math.min(left, BATCH))
    } catch (error) {
      pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
      throw error
    }
    pause = 0
  }

  async function writeBatch(count: number): Promise<void> {
    await write(waiting.slice(0, count))
    waiting.splice(0, count)
  }

  async function writeDropped(): Promise<void> {
    const lost = dropped
    await write([make({ type: 'audit.dropped', outcome: 'failure', details: { count: lost } }).rest])
    dropped -= lost
  }

  async function flush(): Promise<void> {
    // What is under way may have begun before the newest event came.
    if (writing !== null) await writing.catch(() => undefined)
    await writeAll()
  }

  async function stop(): Promise<number> {
    stopped = true
    for (let attempt = 1; waiting.length + dropped > 0 && attempt <= LAST_ATTEMPTS; attempt++) {
      try {
        await flush()
      } catch (error) {
        onError(error)
        await sleep(attempt * FIRST_PAUSE_MS)
      }
    }
    const lost = waiting.length
    if (lost > 0) onDropped(lost)
    return lost
  }

  return { record, flush, stop }
}
