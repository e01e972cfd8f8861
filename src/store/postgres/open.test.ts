import { inspect } from 'node:util'
import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { backends, canStart, startPostgres } from '../../../test/support/backends.ts'
import { systemClock } from '../../core/index.ts'
import { createMemoryBus } from '../bus.ts'
import { openStore } from '../open.ts'
import { sampleMigrations } from '../testing/sample.ts'
import { idsOf, insert, useStage } from '../testing/stage.ts'
import { KEEP_PLAN } from './keep-plans.ts'

const large = backends.filter(({ name }) => name === 'postgres and redis')

describe.each(large)('a store on PostgreSQL', (backend) => {
  const { open } = useStage(backend.open)
  const alone = () => ({ bus: createMemoryBus() })

  it('tells of a change whose number was drawn early and committed late, and of each once', async () => {
    const [slow, quick, listener] = [await open(alone()), await open(alone()), await open(alone())]
    const heard: (string | null)[] = []
    listener.changes.subscribe('keys', (ref) => heard.push(ref))
    const [drawn, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const late = slow.write(async (tx) => {
      await tx.announce('keys', 'early number')
      drawn.resolve()
      await gate.promise
    })
    await drawn.promise
    await quick.write((tx) => tx.announce('keys', 'late number'))
    await listener.changes.poll()
    await listener.changes.poll()
    expect(heard).toEqual(['late number'])
    gate.resolve()
    await late
    await listener.changes.poll()
    await listener.changes.poll()
    expect(heard).toEqual(['late number', 'early number'])
  })

  it('lets works read outside their transactions, however many there are', async () => {
    const store = await open()
    await insert(store, { id: 'a' })
    const works = Array.from({ length: 40 }, () => store.write(() => idsOf(store)))
    expect(new Set((await Promise.all(works)).flat())).toEqual(new Set(['a']))
  })

  it('takes a list as one parameter', async () => {
    const store = await open()
    await store.write((tx) =>
      sql`insert into thing (id, count) select * from unnest(${['a', 'b']}::text[], ${[1, undefined]}::bigint[])`.execute(
        tx.tables(),
      ),
    )
    expect(await idsOf(store)).toEqual(['a', 'b'])
  })

  it('keeps the plan of a statement that asks for it, whatever is asked, and of no other', async () => {
    const store = await open(alone())
    const ask = async (value: number, how: string) => {
      const { rows } = await sql<{ it: number }>`${sql.raw(how)}select ${value}::int as it`.execute(store.tables())
      return rows[0]?.it
    }
    expect([await ask(1, KEEP_PLAN), await ask(2, KEEP_PLAN), await ask(3, '')]).toEqual([1, 2, 3])
    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(
      store.tables(),
    )
    expect(rows).toEqual([{ statement: `${KEEP_PLAN}select $1::int as it` }])
  })

  it('commits nothing when a query failed, though the work went on', async () => {
    const store = await open()
    const work = store.write(async (tx) => {
      await sql`insert into thing (id) values ('a')`.execute(tx.tables())
      await sql`select * from nowhere`.execute(tx.tables()).catch(() => undefined)
    })
    await expect(work).rejects.toThrow()
    expect(await idsOf(store)).toEqual([])
  })
})

describe.skipIf(!canStart.postgres)('a store on a PostgreSQL that dies', () => {
  it('fails while it is away, says why without the password, and goes on when it is back', async () => {
    const server = await startPostgres()
    const url = new URL(server.url)
    url.password = 'planted-secret'
    const errors: unknown[] = []
    const store = await openStore({
      url: url.href,
      migrations: sampleMigrations,
      bus: createMemoryBus(),
      clock: systemClock,
      onError: (error) => errors.push(error),
    })
    try {
      store.changes.subscribe('keys', () => undefined)
      await insert(store, { id: 'before' })
      await server.kill()
      await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), { timeout: 5000 })
      expect(await store.ready()).toBe(false)
      errors.push(await insert(store, { id: 'lost' }).catch((error: unknown) => error))
      expect(errors.at(-1)).toBeInstanceOf(Error)
      expect(inspect(errors, { depth: 9, showHidden: true })).not.toContain('planted-secret')
      const again = openStore({ url: url.href, migrations: {}, bus: createMemoryBus(), clock: systemClock })
      const refusal = await again.catch((error: unknown) => error)
      expect(String(refusal)).toContain(`PostgreSQL at ${url.host} cannot be used`)
      expect(inspect(refusal, { depth: 9, showHidden: true })).not.toContain('planted-secret')
      await server.restart()
      await expect.poll(() => store.ready(), { timeout: 10_000 }).toBe(true)
      await insert(store, { id: 'after' })
      expect(await idsOf(store)).toEqual(['after', 'before'])
    } finally {
      await store.close()
      await server.stop()
    }
  })
})
