import { sql } from 'kysely'
import { expect, it } from 'vitest'
import type { Migrations } from '../migrate.ts'
import { sampleMigrations } from './sample.ts'
import { idsOf, type Stage } from './stage.ts'

const table = (name: string): Migrations[string] => ({
  up: async ({ types, createTable }) => {
    await createTable(name)
      .addColumn('id', types.id, (column) => column.primaryKey().notNull())
      .execute()
  },
})

export function migratingContract({ open }: Stage): void {
  it('brings an empty database up to date for several starters at once', async () => {
    const stores = await Promise.all([open(), open(), open()])
    for (const store of stores) expect(await idsOf(store)).toEqual([])
    const names = (await stores[0].migrations.status()).map(({ name }) => name)
    expect(names).toEqual(['0000_store_base', '0001_sample_thing'])
  })

  it('says what is pending, applies it in order of name, then has nothing to do', async () => {
    await open()
    const migrations = { ...sampleMigrations, '0003_sample_late': table('late'), '0002_sample_early': table('early') }
    const store = await open({ migrations, migrate: false })
    const pending = (await store.migrations.status()).filter(({ at }) => at === null).map(({ name }) => name)
    expect(pending).toEqual(['0002_sample_early', '0003_sample_late'])
    expect(await store.migrations.up()).toEqual(pending)
    expect(await store.migrations.up()).toEqual([])
    expect((await store.migrations.status()).every(({ at }) => at !== null)).toBe(true)
  })

  it('leaves the database as it was when one of several fails', async () => {
    const failing = { up: () => Promise.reject(new Error('cannot')) }
    const migrations = { ...sampleMigrations, '0002_sample_more': table('more'), '0003_sample_bad': failing }
    await expect(open({ migrations })).rejects.toThrow('cannot')
    const store = await open({ migrations, migrate: false })
    expect((await store.migrations.status()).every(({ at }) => at === null)).toBe(true)
    await expect(sql`select * from more`.execute(store.tables())).rejects.toThrow()
  })

  it('refuses a database that a newer version wrote, and names what it does not know', async () => {
    const newer = await open({ migrations: { ...sampleMigrations, '0099_sample_future': table('future') } })
    await newer.close()
    await expect(open()).rejects.toThrow(/newer Sallyport.*0099_sample_future/)
    const store = await open({ migrate: false })
    await expect(store.migrations.up()).rejects.toThrow('0099_sample_future')
  })

  it('refuses a migration without a proper name', async () => {
    await expect(open({ migrations: { later: table('later') } })).rejects.toThrow('"later"')
  })
}
