import { describe, expect, it } from 'vitest'
import { backends } from '../../test/support/backends.ts'
import { openTestStore } from '../store/testing.ts'
import { type KeyFilter, listKeys, MOST_LOOKED_AT } from './list.ts'
import { keyMigrations } from './migrations/index.ts'
import type { Reach } from './store.ts'
import type { KeyTables } from './tables.ts'

const MANY = MOST_LOOKED_AT + 300
const NOW = 1_000_000
const everything: Reach = { organization: 'org_a', ownerId: null }

describe.each(backends)('a list of many keys on $name', ({ open }) => {
  it('finds the one key of a text far behind, in pages that go on though they are empty', async () => {
    const place = await open()
    const store = await openTestStore(place, { migrations: keyMigrations })
    await store.write(async (tx) => {
      const db = tx.tables<KeyTables>()
      for (let at = 0; at < MANY; at += 100) {
        await db
          .insertInto('api_key')
          .values(Array.from({ length: 100 }, (_, i) => row(at + i)))
          .execute()
      }
      await db
        .insertInto('api_key_tag')
        .values(Array.from({ length: 50 }, (_, i) => ({ key_id: idOf(i * 2), tag: 'even' })))
        .execute()
    })
    const db = store.tables<KeyTables>()
    const read = async (filter: KeyFilter, reach = everything) => {
      const ids: string[] = []
      let before: string | null = null
      let pages = 0
      do {
        const part: Awaited<ReturnType<typeof listKeys>> = await listKeys(db, reach, filter, {
          before,
          limit: 20,
          now: NOW,
        })
        ids.push(...part.items.map(({ id }) => id))
        before = part.next
        pages += 1
      } while (before !== null)
      return { ids, pages }
    }
    expect(await read({ text: 'Needle' })).toEqual({ ids: [idOf(7)], pages: 2 })
    expect((await read({ tag: 'even' })).ids).toEqual(Array.from({ length: 50 }, (_, i) => idOf(98 - i * 2)))
    expect((await read({ status: 'expired' })).ids).toEqual([idOf(9)])
    expect((await read({ serviceId: 'svc_b' })).ids).toHaveLength(MANY / 100)
    expect((await read({ tag: 'even' }, { organization: 'org_a', ownerId: 'svc_b' })).ids).toEqual([idOf(0)])
    expect((await read({}, { organization: 'org_b', ownerId: null })).ids).toEqual([])
    expect((await read({})).ids).toHaveLength(MANY)
    await store.close()
    await place.close()
  })
})

function idOf(n: number): string {
  return `key_${String(n).padStart(24, '0')}`
}

function row(n: number) {
  return {
    id: idOf(n),
    organization: 'org_a',
    name: n === 7 ? 'the needle' : 'hay',
    description: '',
    classification: 'LOW',
    owner_kind: 'service',
    owner_id: n % 100 === 0 ? 'svc_b' : 'svc_a',
    status: 'active',
    expires_at: n === 9 ? NOW - 1 : NOW + 1,
    digest: Buffer.from(idOf(n)),
    pepper: 1,
    version: 1,
    rest: '{}',
  }
}
