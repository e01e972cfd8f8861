import { systemClock } from '../../core/index.ts'
import { createMemoryBus } from '../bus.ts'
import { openStore } from '../open.ts'
import type { Store } from '../store.ts'
import { type SampleTables, sampleMigrations } from './sample.ts'

/** Another process on the same database, for tests: `node child.ts URL increment|burst`. */

const WRITERS = 8
const INCREMENTS = 25

const [url = '', what] = process.argv.slice(2)

const store = await openStore({ url, migrations: sampleMigrations, bus: createMemoryBus(), clock: systemClock })
const writers = Array.from({ length: WRITERS }, (_, writer) =>
  what === 'burst' ? burst(store, writer) : increment(store),
)
await Promise.all(writers)
await store.close()

async function increment({ write }: Store): Promise<void> {
  for (let i = 0; i < INCREMENTS; i++) {
    await write(async (tx) => {
      await tx
        .tables<SampleTables>()
        .updateTable('thing')
        .set((row) => ({ count: row('count', '+', 1) }))
        .where('id', '=', 'shared')
        .execute()
    })
  }
}

// Says each id only after it was acknowledged, until it is killed.
async function burst({ write }: Store, writer: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `${process.pid}-${writer}-${i}`
    await write(async (tx) => {
      await tx.tables<SampleTables>().insertInto('thing').values({ id }).execute()
    })
    process.stdout.write(`${id}\n`)
  }
}
