import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/** What the thread is asked, and what it answers: the first of the hashes that the text fits, or null. */
export type BcryptQuestion = { readonly id: number; readonly text: string; readonly hashes: readonly string[] }
export type BcryptAnswer = { readonly id: number; readonly fits: string | null; readonly error: string | null }

/** Compares with bcrypt on a thread of its own: one comparison would hold up every other request for its time. */
export type BcryptThread = {
  /** @throws when too many wait already */
  readonly firstThatFits: (text: string, hashes: readonly string[]) => Promise<string | null>
  readonly stop: () => Promise<void>
}

const MOST_WAITING = 64

type Waiting = { readonly resolve: (fits: string | null) => void; readonly reject: (error: Error) => void }

/** Starts nothing before the first question; the thread ends with the process, or when it is stopped. */
export function createBcryptThread(deps: { onError: (error: unknown) => void }): BcryptThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let last = 0

  function firstThatFits(text: string, hashes: readonly string[]): Promise<string | null> {
    if (waiting.size >= MOST_WAITING) return Promise.reject(busy('too many comparisons wait'))
    const id = ++last
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      running().postMessage({ id, text, hashes } satisfies BcryptQuestion)
    })
  }

  function running(): Worker {
    if (worker !== null) return worker
    const started = new Worker(new URL(`./foreign-bcrypt-thread${extname(import.meta.url)}`, import.meta.url))
    started.unref()
    started.on('message', settle)
    started.on('error', deps.onError)
    started.on('exit', () => {
      if (worker === started) worker = null
      for (const { reject } of waiting.values()) reject(busy('the thread that compares ended'))
      waiting.clear()
    })
    worker = started
    return started
  }

  function settle({ id, fits, error }: BcryptAnswer): void {
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (error === null) waiter?.resolve(fits)
    else waiter?.reject(new Error(error))
  }

  return Object.freeze({
    firstThatFits,
    stop: async () => {
      await worker?.terminate()
    },
  })
}

/** Nobody can say now whether the text is a key. The doors answer 503, as for any part that does not answer. */
export function busy(reason: string): Error {
  return Object.assign(new Error(reason), { code: 'ETIMEDOUT' })
}
