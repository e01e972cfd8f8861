import { AsyncLocalStorage } from 'node:async_hooks'
import { type Kysely, sql } from 'kysely'
import { type Clock, isRefused } from '../core/index.ts'
import type { Announcement } from './change.ts'
import type { Engine } from './engine.ts'
import { across, inScopeOfNow } from './scope.ts'
import type { Store, Transaction } from './store.ts'
import { type StoreTables, seenAs } from './tables.ts'

/** What a transaction leaves to be done once it is committed. */
type After = { readonly announcements: Announcement[]; readonly works: (() => void)[] }

/**
 * The one way to change anything.
 *
 * @param published gets the announcements of each committed transaction
 */
export function createWrite(deps: {
  engine: Engine
  clock: Clock
  published: (announcements: readonly Announcement[]) => void
  onError: (error: unknown) => void
}): Store['write'] {
  const { engine, published, onError } = deps
  const inside = new AsyncLocalStorage<{ open: boolean }>()

  return async (work) => {
    if (inside.getStore()?.open === true) {
      throw new Error('write was called inside write: it would wait for itself. Use the transaction it was given')
    }
    const after: After = { announcements: [], works: [] }
    // On SQLite works that wait together are run by whoever came first.
    const inScope = inScopeOfNow(work)
    const result = await engine.transact(async (db) => {
      const mark = { open: true }
      try {
        return await inside.run(mark, () => inScope(transactionOn(db, after)))
      } finally {
        mark.open = false
      }
    })
    if (!isRefused(result)) {
      published(after.announcements)
      runAll(after.works)
    }
    return result
  }

  function transactionOn(db: Kysely<unknown>, after: After): Transaction {
    return Object.freeze({
      dialect: engine.dialect,
      across,
      tables: <T>() => seenAs<T>(db),
      announce: async (topic: string, ref: string) => {
        await insertChange(db, topic, ref)
        after.announcements.push({ topic, ref })
      },
      afterCommit: (work: () => void) => {
        after.works.push(work)
      },
    })
  }

  async function insertChange(db: Kysely<unknown>, topic: string, ref: string): Promise<void> {
    // PostgreSQL's readers go by transaction, SQLite's by sequence number alone.
    const txid = engine.dialect === 'postgres' ? sql<number>`pg_current_xact_id()::text::bigint` : 0
    await seenAs<StoreTables>(db).insertInto('change').values({ txid, topic, ref, at: deps.clock.now() }).execute()
  }

  function runAll(works: readonly (() => void)[]): void {
    for (const work of works) {
      try {
        work()
      } catch (error) {
        onError(error)
      }
    }
  }
}
