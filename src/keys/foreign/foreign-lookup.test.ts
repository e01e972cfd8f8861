import { createSecretKey } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../../test/support/backends.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore } from '../../store/testing.ts'
import { keyMigrations } from '../migrations/index.ts'
import { openForeignLookup } from './foreign-lookup.ts'
import { insertForeign } from './foreign-store.ts'

const peppers = { current: 1, byVersion: new Map([[1, createSecretKey(Buffer.alloc(32))]]) }
const [sqlite] = backends

describe('what a text costs that proves nothing', () => {
  let world: World
  let store: Store
  let now = 0
  let compared: (readonly string[])[] = []

  beforeEach(async () => {
    world = await (sqlite as NonNullable<typeof sqlite>).open()
    store = await openTestStore(world, { migrations: keyMigrations })
    compared = []
  })
  afterEach(async () => {
    await store?.close()
    await world?.close()
  })

  const pending = (keyId: string, prefix: string, cost: number) =>
    store.write((tx) =>
      insertForeign(tx, {
        keyId,
        kind: 'bcrypt',
        mark: Buffer.from(keyId),
        pending: { kind: 'bcrypt', hash: bcrypt.hashSync(keyId, cost), cost },
        prefix,
        now,
      }),
    )
  const open = () =>
    openForeignLookup({
      store,
      clock: { now: () => now },
      brand: 'sp',
      peppers: () => peppers,
      byId: async () => null,
      onError: () => undefined,
      thread: {
        firstThatFits: async (_text, hashes) => {
          compared.push(hashes)
          return null
        },
        stop: async () => undefined,
      },
    })
  const costs = () => compared.map((hashes) => hashes.map((hash) => Number(hash.slice(4, 6))))

  it('is one comparison, whether a key that begins so was imported or not', async () => {
    await pending('key_1', 'acme_12345', 6)
    const lookup = await open()
    await lookup.find('acme_12345-and-something-else')
    await lookup.find('another-beginning-of-nobody')
    expect(costs()).toEqual([[6], [6]])
  })

  it('is none where no key with a bcrypt hash waits, and nothing at all before anything was imported', async () => {
    const lookup = await open()
    expect(lookup.mayBe('another-beginning-of-nobody')).toBe(false)
    await lookup.find('another-beginning-of-nobody')
    expect(compared).toEqual([])
  })

  it('is bounded by the minute for each beginning, known or not, and does not hold up other beginnings', async () => {
    await pending('key_1', 'acme_12345', 4)
    const lookup = await open()
    const tries = async (start: string) => {
      const ends = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => lookup.find(`${start}-${i}-guessed`)))
      return ends.filter(({ status }) => status === 'fulfilled').length
    }
    expect(await tries('acme_12345')).toBe(20)
    expect(await tries('nobody_beg')).toBe(20)
    now += 60_000
    expect(await tries('acme_12345')).toBe(20)
  })

  it('compares nothing beyond what bcrypt reads', async () => {
    await pending('key_1', 'acme_12345', 4)
    const lookup = await open()
    expect(await lookup.find(`acme_12345${'x'.repeat(63)}`)).toBeNull()
    expect(compared).toEqual([])
  })
})
