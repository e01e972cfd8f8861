import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Kysely } from 'kysely'
import { isRefused } from '../../core/index.ts'
import { guarded } from '../guard.ts'
import { whenFree } from './busy.ts'
import type { Connection } from './connection.ts'

// A group takes what waits when it begins, up to a number, and for some milliseconds what comes while it runs; then it
// ends, so that the first of them is not kept waiting by the last and another process gets its turn.
const MOST_WORKS = 512
const LONGEST_HOLD_MS = 25

type Work = (db: Kysely<unknown>) => Promise<unknown>
type Job = {
  readonly work: Work
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}
type Outcome = { readonly job: Job } & ({ readonly value: unknown } | { readonly error: unknown })

export type Writer = {
  readonly transact: <R>(work: (db: Kysely<unknown>) => Promise<R>) => Promise<R>
  readonly close: () => Promise<void>
}

/**
 * The one connection that writes. Works wait in a queue; those that wait together run one after the other, each in
 * its own savepoint, and share one commit: one flush to the disk for many, with the same promise to each.
 */
export function createWriter(database: DatabaseSync, connection: Connection): Writer {
  const base = new Kysely<unknown>({ dialect: connection.dialect })
  const queue: Job[] = []
  let pump: Promise<void> | null = null
  let closed = false

  function transact<R>(work: (db: Kysely<unknown>) => Promise<R>): Promise<R> {
    if (closed) return Promise.reject(new Error('the store is closed'))
    return new Promise<unknown>((resolve, reject) => {
      queue.push({ work, resolve, reject })
      pump ??= run()
    }) as Promise<R>
  }

  async function run(): Promise<void> {
    while (queue.length > 0) {
      // The requests of one turn arrive after each other; waiting for its end lets them share the commit.
      await nextTurn()
      await runGroup()
    }
    pump = null
  }

  async function runGroup(): Promise<void> {
    try {
      await whenFree(() => database.exec('begin immediate'))
    } catch (error) {
      for (const job of queue.splice(0)) job.reject(error)
      return
    }
    const taken: Job[] = []
    const outcomes: Outcome[] = []
    try {
      await runTaken(taken, outcomes)
      database.exec('commit')
    } catch (error) {
      rejectAll(taken, outcomes, error)
      if (database.isTransaction) database.exec('rollback')
      return
    }
    answer(outcomes)
  }

  async function runTaken(taken: Job[], outcomes: Outcome[]): Promise<void> {
    const started = performance.now()
    const waiting = queue.length
    const mayJoin = () => taken.length < waiting || performance.now() - started < LONGEST_HOLD_MS
    while (taken.length < MOST_WORKS && mayJoin()) {
      const job = queue.shift()
      if (job === undefined) return
      taken.push(job)
      const outcome = await runOne(job)
      outcomes.push(outcome)
      if (!database.isTransaction) throw lost(outcome)
    }
  }

  async function runOne(job: Job): Promise<Outcome> {
    database.exec('savepoint work')
    const outcome = await attempt(job)
    if (!database.isTransaction) return outcome
    if ('error' in outcome || isRefused(outcome.value)) database.exec('rollback to work')
    database.exec('release work')
    return outcome
  }

  async function attempt(job: Job): Promise<Outcome> {
    const { db, end } = guarded(connection.dialect, base.getExecutor(), () => {
      if (!database.isTransaction) throw new Error('the transaction was rolled back by an earlier error')
    })
    try {
      return { job, value: await job.work(db) }
    } catch (error) {
      return { job, error }
    } finally {
      end()
    }
  }

  async function close(): Promise<void> {
    closed = true
    await pump
    database.close()
  }

  return { transact, close }
}

// A full disk or a failing one makes SQLite roll back the whole transaction by itself, whichever statement met it.
function lost(last: Outcome): unknown {
  return 'error' in last ? last.error : new Error('the database rolled the transaction back')
}

function answer(outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    if ('error' in outcome) outcome.job.reject(outcome.error)
    else outcome.job.resolve(outcome.value)
  }
}

// Whoever failed by its own error hears that one; the others hear what undid them.
function rejectAll(taken: readonly Job[], outcomes: readonly Outcome[], cause: unknown): void {
  for (const [i, job] of taken.entries()) {
    const outcome = outcomes[i]
    job.reject(outcome !== undefined && 'error' in outcome ? outcome.error : cause)
  }
}
