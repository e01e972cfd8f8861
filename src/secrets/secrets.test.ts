import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../test/support/backends.ts'
import { systemClock } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { openTestStore, stoppedClock } from '../store/testing.ts'
import { createSecrets, type Secrets, secretMigrations } from './index.ts'
import { testMaster } from './testing.ts'

type Row = { id: string; value: string }
type Rows = { thing: Row }

describe.each(backends)('secrets on $name', ({ open }) => {
  let world: World
  let store: Store
  const closing: (() => Promise<void>)[] = []

  beforeEach(async () => {
    world = await open()
    store = await another()
  })

  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
    await world.close()
  })

  async function another(): Promise<Store> {
    const migrations = { ...secretMigrations, '9000_test_thing': thing }
    // On PostgreSQL things are seen by work across all organizations alone.
    const opened = await openTestStore(world, { migrations, rows: { thing: { condition: 'false' } } })
    closing.push(opened.close)
    return opened
  }

  async function start(options: Partial<Parameters<typeof createSecrets>[0]> & { on?: Store } = {}): Promise<Secrets> {
    const { on = store, ...rest } = options
    const onError = (error: unknown) => {
      throw error
    }
    const secrets = await createSecrets({ store: on, clock: systemClock, master: MASTER, onError, ...rest })
    closing.push(secrets.stop)
    return secrets
  }

  it('gives back what was sealed, in this process and in the next', async () => {
    const sealed = (await (await start()).box('test.things')).seal('hunter2', 'thing.value:1')
    expect(sealed).toMatch(/^sp1\.[A-Za-z0-9_-]{12}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/)
    const box = await (await start()).box('test.things')
    expect(box.open(sealed, 'thing.value:1').toString()).toBe('hunter2')
  })

  it('opens nothing in another place, for another purpose, or with one bit changed', async () => {
    const secrets = await start()
    const [box, other] = [await secrets.box('test.things'), await secrets.box('test.others')]
    const sealed = box.seal('hunter2', 'thing.value:1')
    expect(() => box.open(sealed, 'thing.value:2')).toThrow('does not open')
    expect(() => other.open(sealed, 'thing.value:1')).toThrow('data key that is not there')
    for (let at = 0; at < sealed.length; at++) {
      const flipped = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      expect(() => box.open(flipped, 'thing.value:1')).toThrow()
    }
  })

  it('does not start with another master key, and says that nothing was changed', async () => {
    await (await start()).box('test.things')
    await expect(start({ master: testMaster() })).rejects.toThrow(
      'not the master key that the database was sealed with',
    )
    await start()
  })

  it('keeps a named secret once, however many processes make it at once', async () => {
    const stores = [store, await another(), await another()]
    const all = await Promise.all(stores.map((on) => start({ on })))
    const kept = await Promise.all(
      [...all, ...all].map((secrets) => secrets.keep('test.pepper', () => randomBytes(32))),
    )
    const first = kept[0]?.reveal()
    expect(first).toHaveLength(32)
    for (const one of kept) expect(one.reveal()).toEqual(first)
    expect(`${kept[0]}`).toBe('[secret]')
  })

  it('shows no plain text in the database', async () => {
    const secrets = await start()
    await secrets.keep('test.pepper', () => Buffer.from('planted-secret'))
    const rows = await store
      .tables<{ secret_kept: { sealed: string } }>()
      .selectFrom('secret_kept')
      .selectAll()
      .execute()
    expect(JSON.stringify(rows)).not.toContain('planted')
    expect(JSON.stringify(rows)).not.toContain(Buffer.from('planted-secret').toString('base64url'))
  })

  it('changes the master key without touching a value, and takes the old one no longer', async () => {
    const secrets = await start()
    const sealed = (await secrets.box('test.things')).seal('hunter2', 'a')
    await secrets.keep('test.pepper', () => Buffer.from('pepper'))
    const next = testMaster()
    expect(await secrets.rotate({ what: 'master', next })).toBe(2)
    expect((await secrets.box('test.more')).seal('x', 'a')).toContain('sp1.')
    await expect(start()).rejects.toThrow('was replaced on')
    const after = await start({ master: next })
    expect((await after.box('test.things')).open(sealed, 'a').toString()).toBe('hunter2')
    expect((await after.keep('test.pepper', () => Buffer.from('other'))).reveal().toString()).toBe('pepper')
    expect((await after.status()).masters.map(({ version }) => version)).toEqual([2, 1])
  })

  it('refuses to change the master key into itself, or from a process whose own is out of date', async () => {
    const [one, other] = [await start(), await start({ on: await another() })]
    await one.box('test.things')
    await expect(one.rotate({ what: 'master', next: MASTER })).rejects.toThrow('is the one in use')
    await one.rotate({ what: 'master', next: testMaster() })
    await expect(other.rotate({ what: 'master', next: testMaster() })).rejects.toThrow('Another process changed')
  })

  it('seals with a new data key once every process has had time to load it; the old one still opens', async () => {
    const clock = stoppedClock()
    const [one, other] = [await start({ clock }), await start({ clock, on: await another() })]
    const [box, beside] = [await one.box('test.things'), await other.box('test.things')]
    const before = box.seal('old', 'a')
    expect(await one.rotate({ what: 'data', purpose: 'test.things' })).toBe(1)
    expect(keyOf(box.seal('still old', 'a'))).toBe(keyOf(before))
    clock.pass(10_000)
    const after = box.seal('new', 'a')
    expect(keyOf(after)).not.toBe(keyOf(before))
    await expect.poll(() => opens(() => beside.open(after, 'a')), { timeout: 5000 }).toBe('new')
    expect(box.open(before, 'a').toString()).toBe('old')
    expect(await one.rotate({ what: 'data', olderThan: 60_000 })).toBe(0)
  })

  it('seals every value again with the new data key, going on where it stopped', async () => {
    const clock = stoppedClock()
    const secrets = await start({ clock })
    const box = await secrets.box('test.things')
    const ids = Array.from({ length: 25 }, (_, i) => `t${String(i).padStart(2, '0')}`)
    const rows = ids.map((id) => ({ id, value: box.seal(id, id) }))
    await store.across('a test', () =>
      store.write((tx) => tx.tables<Rows>().insertInto('thing').values(rows).execute()),
    )
    const old = keyOf(box.seal('', ''))
    await secrets.rotate({ what: 'data' })
    clock.pass(10_000)
    secrets.resealWith('test.things', resealThings({ failAfter: 2 }))
    await expect(secrets.reseal()).rejects.toThrow('the machine broke')
    const half = await things()
    expect(half.filter(({ value }) => keyOf(value) === old)).toHaveLength(5)

    const next = await start({ clock })
    const seen: (string | null)[] = []
    next.resealWith('test.things', resealThings({ seen }))
    expect(await next.reseal()).toContain('test.things')
    expect(seen[0]).toBe('t19')
    const again = await things()
    expect(again.filter(({ value }) => keyOf(value) === old)).toEqual([])
    const opened = await next.box('test.things')
    expect(again.map(({ id, value }) => opened.open(value, id).toString())).toEqual(ids)
    expect(await next.reseal()).toEqual([])
  })

  function things(): Promise<Row[]> {
    const query = store.tables<Rows>().selectFrom('thing').selectAll().orderBy('id')
    return store.across('a test', () => query.execute())
  }
})

const MASTER = testMaster()
const keyOf = (sealed: string) => sealed.split('.')[1]

const thing = {
  up: async ({ createTable, types }: Parameters<NonNullable<(typeof secretMigrations)[string]>['up']>[0]) => {
    await createTable('thing')
      .addColumn('id', types.id, (column) => column.primaryKey().notNull())
      .addColumn('value', types.text, (column) => column.notNull())
      .execute()
  },
}

function opens(attempt: () => Buffer): string | null {
  try {
    return attempt().toString()
  } catch {
    return null
  }
}

function resealThings({ failAfter = Number.POSITIVE_INFINITY, seen = [] as (string | null)[] }) {
  let batches = 0
  return async (
    tx: Parameters<Parameters<Store['write']>[0]>[0],
    reseal: (sealed: string, context: string) => string,
    after: string | null,
  ): Promise<string | null> => {
    if (batches++ === failAfter) throw new Error('the machine broke')
    seen.push(after)
    const db = tx.tables<Rows>()
    const rows = await db
      .selectFrom('thing')
      .selectAll()
      .where('id', '>', after ?? '')
      .orderBy('id')
      .limit(10)
      .execute()
    for (const { id, value } of rows)
      await db
        .updateTable('thing')
        .set({ value: reseal(value, id) })
        .where('id', '=', id)
        .execute()
    return rows.at(-1)?.id ?? null
  }
}
