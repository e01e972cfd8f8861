import { stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { backends } from '../../../test/support/backends.ts'
import { systemClock } from '../../core/index.ts'
import { createMemoryBus } from '../bus.ts'
import type { ModuleMigration } from '../migrate.ts'
import { openStore } from '../open.ts'
import type { Store, Transaction } from '../store.ts'
import { type SampleTables, sampleMigrations } from '../testing/sample.ts'
import { idsOf, insert, useStage } from '../testing/stage.ts'

const small = backends.filter(({ name }) => name === 'sqlite and memory')

const open = (url: string) =>
  openStore({ url, migrations: sampleMigrations, bus: createMemoryBus(), clock: systemClock })

const add = (tx: Transaction, id: string) => tx.tables<SampleTables>().insertInto('thing').values({ id }).execute()

describe.each(small)('a store on SQLite', (backend) => {
  const { open: openStage, place } = useStage(backend.open)
  const file = () => place().databaseUrl.slice('sqlite:'.length)

  it('makes the missing folder and the file for their owner alone', async () => {
    const path = join(dirname(file()), 'new', 'deep', 'store.db')
    const store = await open(`sqlite:${path}`)
    await insert(store, { id: 'a' })
    const modes = await Promise.all([dirname(path), path, `${path}-wal`, `${path}-shm`].map((name) => stat(name)))
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600', '600'])
    await store.close()
  })

  it('flushes every commit to the disk and checks foreign keys', async () => {
    const store = await openStage()
    const settings = await store.write(async (tx) => {
      const { rows } = await sql<Record<string, unknown>>`
        select (select synchronous from pragma_synchronous) as synchronous,
          (select journal_mode from pragma_journal_mode) as journal,
          (select foreign_keys from pragma_foreign_keys) as keys`.execute(tx.tables())
      return rows[0]
    })
    expect({ ...settings }).toEqual({ synchronous: 2, journal: 'wal', keys: 1 })
  })

  it.each([
    ['sqlite::memory:', 'kept in memory'],
    ['sqlite:', 'path of a file'],
    ['mysql://user:planted-secret@host/db', 'sqlite:PATH or postgres://…'],
    ['postgres://user:planted-secret@host:port/db', 'sqlite:PATH or postgres://…'],
    ['', 'sqlite:PATH or postgres://…'],
  ])('refuses %s with a sentence', async (url, sentence) => {
    const error = await open(url).catch((reason: unknown) => reason)
    expect(String(error)).toContain(sentence)
    expect(String(error)).not.toContain('planted-secret')
  })

  it('refuses a file that is no database, and names it', async () => {
    await writeFile(file(), 'not a database, but long enough to look at'.repeat(100))
    await expect(openStage()).rejects.toThrow(`${file()} cannot be opened`)
  })

  it('tells everybody to drop everything when more changed than is worth telling', async () => {
    const [one, other] = [await openStage(), await openStage()]
    const heard: (string | null)[] = []
    other.changes.subscribe('keys', (ref) => heard.push(ref))
    await one.write(async (tx) => {
      for (let i = 0; i < 10_001; i++) await tx.announce('keys', `k${i}`)
    })
    await other.changes.poll()
    expect(heard).toEqual([null])
  })

  it('reads while a write is open', async () => {
    const store = await openStage()
    await insert(store, { id: 'before' })
    const gate = Promise.withResolvers<void>()
    const writing = store.write(async (tx) => {
      await add(tx, 'inside')
      await gate.promise
    })
    await sleep(20)
    expect(await idsOf(store)).toEqual(['before'])
    gate.resolve()
    await writing
    expect(await idsOf(store)).toEqual(['before', 'inside'])
  })

  it('shares one commit among writes of the same turn', async () => {
    const store = await openStage()
    const watcher = new DatabaseSync(file(), { readOnly: true })
    const version = watcher.prepare('pragma data_version')
    const versions = new Set<unknown>()
    const writes = Array.from({ length: 64 }, async (_, i) => {
      // Each in a callback of its own, as requests on different connections are.
      await nextTurn()
      await insert(store, { id: `n${i}` })
      versions.add(version.get()?.data_version)
    })
    await Promise.all(writes)
    watcher.close()
    expect(versions.size).toBe(1)
    expect(await idsOf(store)).toHaveLength(64)
  })

  it('waits for another process that holds the lock, with the event loop running', async () => {
    const store = await openStage()
    const other = new DatabaseSync(file())
    other.exec('begin immediate')
    let turns = 0
    const ticking = setInterval(() => turns++, 5)
    const writing = insert(store, { id: 'patient' })
    await sleep(300)
    expect(turns).toBeGreaterThan(5)
    expect(await idsOf(store)).toEqual([])
    other.exec('commit')
    await writing
    clearInterval(ticking)
    other.close()
    expect(await idsOf(store)).toEqual(['patient'])
  })

  it('fails all that shared a commit which fails, and goes on', async () => {
    const store = await openStage({ migrations: { ...sampleMigrations, '0002_sample_child': child } })
    const answers = await Promise.allSettled([
      insert(store, { id: 'beside' }),
      store.write((tx) => sql`insert into child (parent) values ('nobody')`.execute(tx.tables())),
      insert(store, { id: 'behind' }),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await insert(store, { id: 'after' })
    expect(await idsOf(store)).toEqual(['after'])
  })

  it('fails what met a full disk, keeps what was there, and goes on when there is room', async () => {
    const store = await openStage()
    await insert(store, { id: 'before' })
    const pages = await setMostPages(store, 1)
    await expect(insert(store, { id: 'large', body: Buffer.alloc(10_000_000) })).rejects.toThrow(/full/)
    expect(await idsOf(store)).toEqual(['before'])
    await setMostPages(store, pages + 1_000_000)
    await insert(store, { id: 'after' })
    expect(await idsOf(store)).toEqual(['after', 'before'])
  })

  it('runs nothing outside a transaction after SQLite rolled it back by itself', async () => {
    const store = await openStage()
    const shared = insert(store, { id: 'shared' })
    const stubborn = store.write(async (tx) => {
      await add(tx, 'first')
      await sql`rollback`.execute(tx.tables())
      await add(tx, 'stray').catch(() => undefined)
    })
    const answers = await Promise.allSettled([shared, stubborn, insert(store, { id: 'next' })])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(await idsOf(store)).toEqual(['next'])
  })
})

// A constraint that SQLite only looks at when it commits.
const child: ModuleMigration = {
  up: async ({ db }) => {
    await sql`create table child (parent text references thing (id) deferrable initially deferred) strict`.execute(db)
  },
}

/** Bounds the file, as a full disk would. SQLite never goes below what is there. @returns the bound in pages */
function setMostPages(store: Store, most: number): Promise<number> {
  return store.write(async (tx) => {
    const { rows } = await sql<{ max_page_count: number }>`${sql.raw(`pragma max_page_count = ${most}`)}`.execute(
      tx.tables(),
    )
    return rows[0]?.max_page_count ?? Number.NaN
  })
}
