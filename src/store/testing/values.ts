import { sql } from 'kysely'
import { expect, it } from 'vitest'
import type { SampleTables } from './sample.ts'
import { idsOf, insert, type Stage } from './stage.ts'

const NEVER_BOUND: readonly (readonly [string, unknown])[] = [
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['an integer beyond 64 bits', 2n ** 63n],
  ['an object', { id: 'x' }],
  ['a function', () => 'x'],
  ['a null byte', 'a\0b'],
  ['half a surrogate pair', 'a\ud800'],
]

export function valuesContract({ open }: Stage): void {
  it('gives back every type of column as it was', async () => {
    const store = await open()
    const row = {
      id: 'all',
      count: Number.MAX_SAFE_INTEGER,
      name: "naïve “quotes” 🗝 '; drop table thing; --",
      body: Buffer.from([0, 1, 255]),
      facts: '{"a":[1,null]}',
      share: 0.1,
    }
    await insert(store, row)
    const found = await store.tables<SampleTables>().selectFrom('thing').selectAll().executeTakeFirstOrThrow()
    expect({ ...found }).toEqual(row)
    expect(Buffer.isBuffer(found.body)).toBe(true)
  })

  it('binds absent values, dates, booleans and big integers to what the column holds, wherever they stand', async () => {
    const store = await open()
    const at = new Date(1_800_000_000_123)
    const found = await store.write(async (tx) => {
      const db = tx.tables<SampleTables>()
      await sql`insert into thing (count, id, name) values (${at}, ${'date'}, ${undefined})`.execute(db)
      await sql`insert into thing (count, id) values (${true}, ${'yes'}), (${false}, ${'no'})`.execute(db)
      await sql`insert into thing (count, id) values (${2n ** 40n}, ${'big'})`.execute(db)
      return db.selectFrom('thing').select(['id', 'count', 'name']).orderBy('id').execute()
    })
    expect(found.map((row) => ({ ...row }))).toEqual([
      { id: 'big', count: 2 ** 40, name: null },
      { id: 'date', count: at.getTime(), name: null },
      { id: 'no', count: 0, name: null },
      { id: 'yes', count: 1, name: null },
    ])
  })

  it.each(NEVER_BOUND)('refuses to bind %s', async (_name, value) => {
    const store = await open()
    const query = store.write(async (tx) => {
      await sql`insert into thing (id, name) values ('odd', ${value})`.execute(tx.tables())
    })
    await expect(query).rejects.toThrow(TypeError)
    expect(await idsOf(store)).toEqual([])
  })

  it('refuses text in a column of integers', async () => {
    const store = await open()
    const query = store.write((tx) => sql`insert into thing (id, count) values ('odd', ${'many'})`.execute(tx.tables()))
    await expect(query).rejects.toThrow()
  })

  it('gives counts, sums and comparisons as numbers', async () => {
    const store = await open()
    await insert(store, { id: 'a', count: 2 })
    await insert(store, { id: 'b', count: 3 })
    const { rows } = await sql<object>`
      select count(*) as n, sum(count) as total, max(count) > 2 as many, exists(select 1 from thing where id = 'c') as c
      from thing`.execute(store.tables())
    expect({ ...rows[0] }).toEqual({ n: 2, total: 5, many: 1, c: 0 })
  })

  it('takes ids that differ in case as different, and orders text by its bytes', async () => {
    const store = await open()
    for (const id of ['b', 'a', 'B', 'A', 'é', 'e', '_', '1', 'Z', 'z', 'a-b', 'ab']) await insert(store, { id })
    expect(await idsOf(store)).toEqual(['1', 'A', 'B', 'Z', '_', 'a', 'a-b', 'ab', 'b', 'e', 'z', 'é'])
    const found = await store.tables<SampleTables>().selectFrom('thing').select('id').where('id', '=', 'a').execute()
    expect(found).toHaveLength(1)
  })
}
