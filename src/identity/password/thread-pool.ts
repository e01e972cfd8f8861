import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { Busy } from './answers.ts'

/** What a thread of a pool answers to one question. */
export type ThreadAnswer<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: string }

/** Threads that answer questions, one at a time each, with a bounded line before them. */
export type ThreadPool<Q, A> = {
  /**
   * `busy` when the line is full, when the thread that had the question ended, and after `stop`.
   *
   * @throws Error when the thread could not answer this question: a bug
   */
  readonly ask: (question: Q) => Promise<A | Busy>
  readonly stop: () => Promise<void>
}

type Job<Q, A> = {
  readonly question: Q
  readonly resolve: (answer: A | Busy) => void
  readonly reject: (error: Error) => void
}

/** Seconds. */
const LONGEST_RETRY = 30
/** Milliseconds that a question is taken to need before the first was answered. */
const FIRST_GUESS = 100
/** How much one answer moves the estimate of how long they take. */
const WEIGHT = 0.2

/**
 * Threads start when they are first needed, and again after one ended; its question alone is lost. They keep the process
 * alive only while they work.
 *
 * @param file the thread's module; it answers each message with a {@link ThreadAnswer}
 * @param waiting how many questions may wait for a thread
 * @param idleFor milliseconds without a question after which a thread ends; for ever when left out
 */
export function createThreadPool<Q, A>(deps: {
  file: URL
  threads: number
  waiting: number
  onError: (error: unknown) => void
  idleFor?: number
  limits?: ResourceLimits
}): ThreadPool<Q, A> {
  const idle: Worker[] = []
  const ending = new Map<Worker, NodeJS.Timeout>()
  const working = new Map<Worker, Job<Q, A>>()
  const line: Job<Q, A>[] = []
  let pace = FIRST_GUESS
  let stopped = false

  function ask(question: Q): Promise<A | Busy> {
    return new Promise((resolve, reject) => {
      const job = { question, resolve, reject }
      const thread = stopped ? null : freeThread()
      if (thread !== null) give(thread, job)
      else if (!stopped && line.length < deps.waiting) line.push(job)
      else resolve(busy())
    })
  }

  function freeThread(): Worker | null {
    return idle.pop() ?? (working.size < deps.threads ? start() : null)
  }

  function start(): Worker {
    const thread = new Worker(deps.file, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: deps.limits ?? {},
    })
    thread.unref()
    thread.on('error', deps.onError)
    thread.on('exit', () => forget(thread))
    return thread
  }

  function give(thread: Worker, job: Job<Q, A>): void {
    working.set(thread, job)
    clearTimeout(ending.get(thread))
    const began = performance.now()
    thread.ref()
    thread.once('message', (answer: ThreadAnswer<A>) => {
      pace += (performance.now() - began - pace) * WEIGHT
      settle(job, answer)
      release(thread)
    })
    thread.postMessage(job.question)
  }

  function settle(job: Job<Q, A>, answer: ThreadAnswer<A>): void {
    if (answer.ok) job.resolve(answer.value)
    else job.reject(new Error(answer.error))
  }

  function release(thread: Worker): void {
    working.delete(thread)
    thread.unref()
    const next = line.shift()
    if (next === undefined) rest(thread)
    else give(thread, next)
  }

  function rest(thread: Worker): void {
    idle.push(thread)
    if (deps.idleFor === undefined) return
    ending.set(thread, setTimeout(end, deps.idleFor, thread).unref())
  }

  function end(thread: Worker): void {
    leave(thread)
    thread.terminate().catch(deps.onError)
  }

  function leave(thread: Worker): void {
    clearTimeout(ending.get(thread))
    ending.delete(thread)
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
  }

  // A thread that cannot even start costs one question each time, so the line empties and nothing turns in circles.
  function forget(thread: Worker): void {
    working.get(thread)?.resolve(busy())
    working.delete(thread)
    leave(thread)
    const next = stopped ? undefined : line.shift()
    if (next !== undefined) give(start(), next)
  }

  // When whoever is in the line now will have been served.
  function busy(): Busy {
    const seconds = ((line.length + 1) * pace) / deps.threads / 1000
    return { is: 'busy', retryAfter: Math.min(LONGEST_RETRY, Math.max(1, Math.ceil(seconds))) }
  }

  async function stop(): Promise<void> {
    stopped = true
    for (const job of line.splice(0)) job.resolve(busy())
    await Promise.all([...idle, ...working.keys()].map((thread) => thread.terminate()))
  }

  return Object.freeze({ ask, stop })
}
