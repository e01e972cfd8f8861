import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Secret } from '../core/index.ts'

/** What the thread is told to write, and what it answers: the number of the batch, and an error's sentence or null. */
export type Batch = { readonly id: number; readonly rests: string }
export type BatchAnswer = { readonly id: number; readonly error: string | null }
export type ThreadSettings = { readonly url: string; readonly name: string }

/** Writes access events on a thread of its own. */
export type ThreadWriter = {
  /** Resolves when the events are on the disk. */
  readonly write: (rests: readonly string[]) => Promise<void>
  readonly stop: () => Promise<void>
}

type Waiting = { readonly resolve: () => void; readonly reject: (error: Error) => void }

/**
 * On SQLite every statement runs on the thread that asks for it, hashing and the wait for the disk included. Access
 * events are many, so they are hashed and written on a second thread, with a connection of its own: to the database it
 * is one more process that shares the log. The thread starts with the first batch, and again after it died; a batch
 * that was not answered is refused, and whoever handed it in keeps it.
 */
export function createThreadWriter(deps: {
  url: Secret
  name: string
  onError: (error: unknown) => void
}): ThreadWriter {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let last = 0

  function write(rests: readonly string[]): Promise<void> {
    const id = ++last
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      // One text: handing over many would cost more than joining them.
      running().postMessage({ id, rests: rests.join('\n') } satisfies Batch)
    })
  }

  function running(): Worker {
    if (worker !== null) return worker
    const file = new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url)
    const settings: ThreadSettings = { url: deps.url.reveal(), name: deps.name }
    const started = new Worker(file, { workerData: settings, execArgv: ['--disable-warning=ExperimentalWarning'] })
    started.unref()
    started.on('message', settle)
    started.on('error', deps.onError)
    started.on('exit', () => {
      if (worker === started) worker = null
      for (const { reject } of waiting.values()) reject(new Error('the thread that writes events ended'))
      waiting.clear()
    })
    worker = started
    return started
  }

  function settle({ id, error }: BatchAnswer): void {
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (error === null) waiter?.resolve()
    else waiter?.reject(new Error(error))
  }

  async function stop(): Promise<void> {
    await worker?.terminate()
  }

  return Object.freeze({ write, stop })
}
