import { afterEach, beforeEach } from 'vitest'
import type { Store } from '../store.ts'
import { openTestStore, type Place } from './open.ts'
import { type SampleTables, sampleMigrations } from './sample.ts'

/** How a suite gets a fresh place, and gives it back. */
export type OpenPlace = () => Promise<Place & { readonly close: () => Promise<void> }>

type Options = Parameters<typeof openTestStore>[1]

/** A fresh place for each test of a suite, and the stores opened on it; all closed after the test. */
export type Stage = {
  readonly place: () => Place
  readonly open: (options?: Options) => Promise<Store>
}

export function useStage(openPlace: OpenPlace): Stage {
  let place: Awaited<ReturnType<OpenPlace>>
  let opened: Store[] = []

  beforeEach(async () => {
    place = await openPlace()
  })

  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()))
    opened = []
    await place.close()
  })

  async function open(options: Options = {}): Promise<Store> {
    const store = await openTestStore(place, { migrations: sampleMigrations, ...options })
    opened.push(store)
    return store
  }

  return { place: () => place, open }
}

/** Inserts one row in a transaction of its own. */
export function insert(store: Store, row: SampleTables['thing']): Promise<void> {
  return store.write(async (tx) => {
    await tx.tables<SampleTables>().insertInto('thing').values(row).execute()
  })
}

/** The ids in the database, in its own order. */
export async function idsOf(store: Store): Promise<string[]> {
  const rows = await store.tables<SampleTables>().selectFrom('thing').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

/** A clock that only the test moves. */
export function stoppedClock(): { readonly now: () => number; readonly pass: (ms: number) => void } {
  let now = 1_800_000_000_000
  return {
    now: () => now,
    pass: (ms) => {
      now += ms
    },
  }
}
