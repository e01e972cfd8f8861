import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { backends, canStart, startPostgres } from '../../../test/support/backends.ts'
import { askPostgres } from '../../../test/support/postgres.ts'
import { systemClock } from '../../core/index.ts'
import { createMemoryBus } from '../bus.ts'
import { openStore } from '../open.ts'
import type { Store } from '../store.ts'
import { addNote, type NoteTables, noteMigrations, noteRules, withNotes } from '../testing/scoping.ts'
import { useStage } from '../testing/stage.ts'

const large = backends.filter(({ name }) => name === 'postgres and redis')

async function everyNote(source: Pick<Store, 'tables'>): Promise<string[]> {
  const rows = await source.tables<NoteTables>().selectFrom('note').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

describe.each(large)('rows on PostgreSQL', (backend) => {
  const { open, place } = useStage(backend.open)

  async function filled(): Promise<Store> {
    const store = await open(withNotes)
    await store.across('a test', async () => {
      await addNote(store, 'a', 'org_a')
      await addNote(store, 'b', 'org_b')
      await addNote(store, 'none', null)
    })
    return store
  }

  it('are not there for a query that names no organization and runs in no scope', async () => {
    const store = await filled()
    expect(await everyNote(store)).toEqual([])
    expect(await store.write((tx) => everyNote(tx))).toEqual([])
  })

  it('of one organization alone are there for work in it whose query forgot its WHERE', async () => {
    const store = await filled()
    expect(await store.within('org_a', () => everyNote(store))).toEqual(['a'])
    expect(await store.within('org_b', () => store.write((tx) => everyNote(tx)))).toEqual(['b'])
  })

  it('of another organization can neither be made, nor changed, nor removed, nor taken', async () => {
    const store = await filled()
    const policy = 'violates row-level security policy'
    await store.within('org_a', async () => {
      await expect(addNote(store, 'c', 'org_b')).rejects.toThrow(policy)
      await expect(addNote(store, 'c', null)).rejects.toThrow(policy)
      await store.write(async (tx) => {
        const notes = tx.tables<NoteTables>()
        const changed = await notes.updateTable('note').set({ organization: 'org_a' }).execute()
        expect(changed[0]?.numUpdatedRows).toBe(1n)
        const gone = await notes.deleteFrom('note').where('id', '=', 'b').executeTakeFirst()
        expect(gone.numDeletedRows).toBe(0n)
      })
      const given = store.write((tx) =>
        tx.tables<NoteTables>().updateTable('note').set({ organization: 'org_b' }).execute(),
      )
      await expect(given).rejects.toThrow(policy)
    })
    expect(await store.across('a test', () => everyNote(store))).toEqual(['a', 'b', 'none'])
  })

  it('are seen by each of many at once as their own scope has it, however connections change hands', async () => {
    const store = await filled()
    const seen = { org_a: ['a'], org_b: ['b'], across: ['a', 'b', 'none'], none: [] } as const
    const ask = { read: () => everyNote(store), write: () => store.write((tx) => everyNote(tx)) }
    async function look(scope: keyof typeof seen, how: keyof typeof ask): Promise<readonly string[]> {
      if (scope === 'none') return ask[how]()
      return scope === 'across' ? store.across('a test', ask[how]) : store.within(scope, ask[how])
    }
    // Many more than there are connections, in an order that gives each connection every scope after every other.
    const scopes = ['org_a', 'none', 'across', 'org_b', 'none', 'org_b', 'across', 'org_a'] as const
    const asked = Array.from({ length: 400 }, (_, i) => ({
      scope: scopes[(i * 7 + Math.floor(i / 11)) % scopes.length] ?? 'none',
      how: i % 3 === 0 ? ('write' as const) : ('read' as const),
    }))
    const answers = await Promise.all(asked.map(({ scope, how }) => look(scope, how)))
    expect(answers).toEqual(asked.map(({ scope }) => seen[scope]))
  })

  it('are seen no wider after a work that widened, whether it was kept, undone or failed', async () => {
    const store = await filled()
    const widened = (end: () => unknown) =>
      store.within('org_a', () =>
        store.write(async (tx) => {
          const all = await store.across('a test', () => everyNote(tx))
          expect([all, await everyNote(tx)]).toEqual([['a', 'b', 'none'], ['a']])
          return end()
        }),
      )
    await widened(() => 'kept')
    await widened(() => Promise.reject(new Error('undone'))).catch(() => undefined)
    await store
      .within('org_a', () => store.write((tx) => store.across('a test', () => sql`select 1 / 0`.execute(tx.tables()))))
      .catch(() => undefined)
    const looks = Array.from({ length: 40 }, () => store.write((tx) => everyNote(tx)))
    expect((await Promise.all(looks)).flat()).toEqual([])
  })

  it('are seen by queries of one work that run beside each other in the scope of each', async () => {
    const store = await filled()
    await store.within('org_a', () =>
      store.write(async (tx) => {
        const looks = Array.from({ length: 30 }, (_, i) =>
          i % 3 === 0 ? store.across('a test', () => everyNote(tx)) : everyNote(tx),
        )
        const answers = await Promise.all(looks)
        expect(answers).toEqual(looks.map((_, i) => (i % 3 === 0 ? ['a', 'b', 'none'] : ['a'])))
      }),
    )
  })

  it('are told to each subscriber in the scope that it subscribed in', async () => {
    const store = await filled()
    const heard: Promise<string[]>[] = []
    const hear = () => void heard.push(everyNote(store))
    const leave = store.within('org_b', () => store.changes.subscribe('notes', hear))
    await store.within('org_a', () => store.write((tx) => tx.announce('notes', 'a')))
    leave()
    expect((await Promise.all(heard))[0]).toEqual(['b'])
  })

  it('are protected again at the next start, should somebody have taken the protection away', async () => {
    await (await filled()).close()
    for (const gone of [
      'alter table note disable row level security',
      'alter table note no force row level security',
      'drop policy sallyport_rows on note',
    ]) {
      await askPostgres(place().databaseUrl, gone)
      const store = await open(withNotes)
      expect(await store.within('org_a', () => everyNote(store))).toEqual(['a'])
      await store.close()
    }
  })

  it('are protected in a database from before there was any protection', async () => {
    const before = await open({ migrations: noteMigrations })
    await addNote(before, 'a', 'org_a')
    await before.close()
    const store = await open(withNotes)
    expect(await everyNote(store)).toEqual([])
    expect(await store.within('org_a', () => everyNote(store))).toEqual(['a'])
  })

  it('are read and written after a start on a database of which the role was granted nothing', async () => {
    await (await filled()).close()
    for (const kind of ['tables', 'sequences']) {
      await askPostgres(place().databaseUrl, `revoke all on all ${kind} in schema public from sallyport_app`)
    }
    const stores = await Promise.all([open(withNotes), open(withNotes), open(withNotes)])
    for (const [i, store] of stores.entries()) await store.within('org_a', () => addNote(store, `a${i}`, 'org_a'))
    const [store] = stores
    expect(await store.within('org_a', () => everyNote(store))).toEqual(['a', 'a0', 'a1', 'a2'])
  })

  it('are read as a role that may change no table, and see no more by asking', async () => {
    const store = await filled()
    const superuser = new URL(place().databaseUrl).username
    const signIn = await roleOf('in role sallyport_app')
    const client = await connectAs(signIn)
    try {
      expect((await client.query('select id from note')).rows).toEqual([])
      await client.query(`select set_config('sallyport.organization', 'org_a', false)`)
      expect((await client.query('select id from note')).rows).toEqual([{ id: 'a' }])
      for (const [attempt, refusal] of [
        ['alter table note disable row level security', 'must be owner of table note'],
        ['alter table note no force row level security', 'must be owner of table note'],
        ['drop policy sallyport_rows on note', 'must be owner of relation note'],
        ['create policy all_of_it on note using (true)', 'must be owner of table note'],
        ['truncate note', 'permission denied for table note'],
        [`set role ${superuser}`, 'permission denied to set role'],
        [`set session authorization ${superuser}`, 'permission denied to set session authorization'],
        ['alter role sallyport_app bypassrls', 'permission denied to alter role'],
        ['set row_security = off; select id from note', 'would be affected by row-level security policy'],
        [`insert into note values ('c', 'org_b')`, 'violates row-level security policy'],
      ] as const) {
        await expect(client.query(attempt), attempt).rejects.toThrow(refusal)
      }
    } finally {
      await client.end()
      await dropRole(signIn)
    }
    expect(await store.across('a test', () => everyNote(store))).toEqual(['a', 'b', 'none'])
  })

  it('are held apart by an owner without any other role', async () => {
    const owner = await roleOf('')
    await askPostgres(place().databaseUrl, `grant create, usage on schema public to ${owner}`)
    const store = await openAs(owner)
    try {
      await store.within('org_a', () => addNote(store, 'a', 'org_a'))
      expect(await everyNote(store)).toEqual([])
      expect(await store.within('org_a', () => everyNote(store))).toEqual(['a'])
      await expect(store.within('org_a', () => addNote(store, 'b', 'org_b'))).rejects.toThrow('row-level security')
      // How a dump is made without a superuser.
      const asked = new URL(urlAs(owner))
      asked.searchParams.set('options', '-c sallyport.organization=*')
      const client = new pg.Client({ connectionString: asked.href })
      await client.connect()
      expect((await client.query('select id from note')).rows).toEqual([{ id: 'a' }])
      await client.end()
    } finally {
      await store.close()
      await askPostgres(place().databaseUrl, `drop owned by ${owner}`)
      await dropRole(owner)
    }
  })

  it('keep a start with a role that sees all of them from going on, unless the operator says so', async () => {
    await filled()
    const bypassing = await roleOf('bypassrls')
    try {
      const words = `row-level security does not hold for the role ${bypassing}, and no other can be made`
      await expect(openAs(bypassing)).rejects.toThrow(words)
      await askPostgres(place().databaseUrl, `grant all on all tables in schema public to ${bypassing}`)
      const store = await openAs(bypassing, true)
      expect(await everyNote(store)).toEqual(['a', 'b', 'none'])
      await store.close()
      await askPostgres(place().databaseUrl, `grant sallyport_app to ${bypassing}`)
      const again = await openAs(bypassing)
      expect(await everyNote(again)).toEqual([])
      await again.close()
    } finally {
      await askPostgres(place().databaseUrl, `drop owned by ${bypassing}`)
      await dropRole(bypassing)
    }
  })

  function openAs(role: string, allowsBypass = false): Promise<Store> {
    const bus = createMemoryBus()
    const options = { migrations: { ...noteMigrations }, rows: noteRules, bus, clock: systemClock, allowsBypass }
    return openStore({ ...options, url: urlAs(role) })
  }

  function urlAs(role: string): string {
    const url = new URL(place().databaseUrl)
    url.username = role
    url.password = 'test'
    return url.href
  }

  async function connectAs(role: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: urlAs(role) })
    await client.connect()
    return client
  }

  async function roleOf(more: string): Promise<string> {
    const name = `test_${randomBytes(6).toString('hex')}`
    await askPostgres(place().databaseUrl, `create role ${name} login password 'test' ${more}`)
    return name
  }

  const dropRole = (role: string) => askPostgres(place().databaseUrl, `drop role ${role}`)
})

describe.skipIf(!canStart.postgres)('a store whose owner migrates, on PostgreSQL', () => {
  it('is used by a role that may change no table, and owns none', async () => {
    const server = await startPostgres()
    const as = (role: string) => Object.assign(new URL(server.url), { username: role, password: 'test' }).href
    const openAs = (role: string) =>
      openStore({ ...withNotes, url: as(role), bus: createMemoryBus(), clock: systemClock })
    try {
      await askPostgres(server.url, `create role keeper login password 'test'`)
      await askPostgres(server.url, 'grant create on schema public to keeper')
      await (await openAs('keeper')).close()
      await askPostgres(server.url, `create role sallyport_app login password 'test'`)
      await expect(openAs('sallyport_app')).rejects.toThrow('permission denied')
      await (await openAs('keeper')).close()
      const store = await openAs('sallyport_app')
      try {
        await store.within('org_a', () => addNote(store, 'a', 'org_a'))
        expect([await everyNote(store), await store.within('org_a', () => everyNote(store))]).toEqual([[], ['a']])
        const taken = store.write((tx) => sql`alter table note disable row level security`.execute(tx.tables()))
        await expect(taken).rejects.toThrow('must be owner of table note')
        const widened = store.write((tx) => sql`set role keeper`.execute(tx.tables()))
        await expect(widened).rejects.toThrow('permission denied to set role')
      } finally {
        await store.close()
      }
    } finally {
      await server.stop()
    }
  })
})
