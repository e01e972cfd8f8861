import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../test/support/backends.ts'
import type { Store } from '../store/index.ts'
import { openTestStore, stoppedClock } from '../store/testing.ts'
import { periodStart } from './key.ts'
import { keyMigrations } from './migrations/index.ts'
import { createUsageSink, readUses } from './quota-store.ts'
import { createUsage, type Usage } from './usage.ts'

const KEY = 'key_1hq3v0c9kd5m7w2x8p4t6r1a'
const HOUR = 3_600_000
const DAY = 24 * HOUR

describe.each(backends)('the uses of keys on $name', ({ open }) => {
  let world: World
  let clock: ReturnType<typeof stoppedClock>
  let store: Store
  let opened: Store[]

  beforeEach(async () => {
    world = await open()
    clock = stoppedClock()
    clock.pass(Date.UTC(2027, 1, 27, 22) - clock.now())
    store = await openTestStore(world, { migrations: keyMigrations, clock })
    opened = [store]
  })

  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close()))
    await world.close()
  })

  const failed = (error: unknown) => {
    throw error
  }
  const counter = (on: Store = store, onError: (error: unknown) => void = failed): Usage =>
    createUsage({ sink: createUsageSink(on), clock, onError })
  const beside = async () => {
    const other = await openTestStore(world, { migrations: keyMigrations, clock })
    opened.push(other)
    return other
  }
  const uses = (keyId = KEY) => {
    const now = clock.now()
    const quota = periodStart('day', now)
    return readUses(store, keyId, {
      hour: periodStart('hour', now),
      day: periodStart('day', now),
      month: periodStart('month', now),
      quota,
    })
  }

  it('are told of the running hour, day and month, and start anew with each', async () => {
    const usage = counter()
    const use = async (times: number) => {
      for (let i = 0; i < times; i++) usage.count(KEY, '192.0.2.7')
      await usage.flush()
    }
    await use(2)
    expect(await uses()).toMatchObject({ total: 2, hour: 2, day: 2, month: 2 })
    clock.pass(HOUR)
    expect(await uses()).toMatchObject({ total: 2, hour: 0, day: 2, month: 2 })
    await use(3)
    expect(await uses()).toMatchObject({ total: 5, hour: 3, day: 5, month: 5 })
    clock.pass(HOUR)
    await use(1)
    expect(await uses()).toMatchObject({ total: 6, hour: 1, day: 1, month: 6 })
    clock.pass(DAY)
    await use(1)
    expect(await uses()).toMatchObject({ total: 7, hour: 1, day: 1, month: 1, lastUsedFrom: '192.0.2.7' })
  })

  it('counted before and after the end of an hour are written to the right one', async () => {
    const usage = counter()
    usage.count(KEY, null)
    clock.pass(HOUR)
    usage.count(KEY, null)
    usage.count(KEY, null)
    await usage.flush()
    expect(await uses()).toMatchObject({ total: 3, hour: 2, day: 3, month: 3 })
  })

  it('that a process brings late, from an hour that is over, are in the longer periods alone', async () => {
    const [usage, late] = [counter(), counter(await beside())]
    late.count(KEY, '192.0.2.1')
    clock.pass(HOUR)
    usage.count(KEY, '192.0.2.2')
    await usage.flush()
    await late.flush()
    expect(await uses()).toMatchObject({ total: 2, hour: 1, day: 2, month: 2, lastUsedFrom: '192.0.2.2' })
  })

  it('of many keys by several processes at once are all there', async () => {
    const ids = Array.from({ length: 2500 }, (_, i) => `key_${String(i).padStart(24, '0')}`)
    const counters = [counter(), counter(await beside()), counter(await beside())]
    // Each in an order of its own: whoever took rows in it could wait for another that waits for them.
    const orders = [ids, [...ids].reverse(), [...ids].sort((a, b) => (a.slice(-1) + a < b.slice(-1) + b ? -1 : 1))]
    for (const [i, usage] of counters.entries()) for (const id of orders[i] ?? []) usage.count(id, null)
    await Promise.all(counters.map((usage) => usage.flush()))
    for (const id of [ids[0], ids[1249], ids[2499]]) expect(await uses(id)).toMatchObject({ total: 3, hour: 3 })
  })

  it('are written later when the database does not take them now, and never twice', async () => {
    let away = true
    const errors: unknown[] = []
    const flaky: Store = { ...store, write: (work) => (away ? Promise.reject(new Error('away')) : store.write(work)) }
    const usage = counter(flaky, (error) => void errors.push(error))
    usage.count(KEY, '192.0.2.1')
    await usage.flush()
    usage.count(KEY, '192.0.2.2')
    await usage.flush()
    expect(errors).toHaveLength(2)
    away = false
    await usage.flush()
    await usage.flush()
    expect(await uses()).toMatchObject({ total: 2, hour: 2, lastUsedFrom: '192.0.2.2' })
  })

  it('of a limit are known to every process after a flush', async () => {
    const limit = { max: 10, per: 'day', exact: false } as const
    const [one, other] = [counter(), counter(await beside())]
    for (let i = 0; i < 4; i++) await one.charge(KEY, limit, false)
    for (let i = 0; i < 3; i++) await other.charge(KEY, limit, false)
    await one.flush()
    await other.flush()
    expect(await other.charge(KEY, limit, true)).toMatchObject({ allowed: true, remaining: 2 })
    expect(await uses()).toMatchObject({ total: 0, quotaUsed: 7 })
  })
})

describe.each(backends)('uses on record before they moved into the row of the key, on $name', ({ open }) => {
  it('stay known', async () => {
    const world = await open()
    const { '0100_keys_tables': first } = keyMigrations
    const old = await openTestStore(world, { migrations: first === undefined ? {} : { '0100_keys_tables': first } })
    const now = Date.UTC(2027, 1, 28, 12)
    type Old = {
      api_key_use: { key_id: string; total: number; last_at: number; last_address: string }
      api_key_hour: { key_id: string; hour: number; uses: number }
    }
    await old.write(async (tx) => {
      const db = tx.tables<Old>()
      await db
        .insertInto('api_key_use')
        .values({ key_id: KEY, total: 100, last_at: now, last_address: '::1' })
        .execute()
      const hours = [now, now - HOUR, now - 2 * DAY, Date.UTC(2027, 0, 31)]
      await db
        .insertInto('api_key_hour')
        .values(hours.map((hour, i) => ({ key_id: KEY, hour, uses: 10 ** i })))
        .execute()
    })
    await old.close()
    const store = await openTestStore(world, { migrations: keyMigrations })
    const periods = { hour: now, day: Date.UTC(2027, 1, 28), month: Date.UTC(2027, 1, 1), quota: 0 }
    expect(await readUses(store, KEY, periods)).toMatchObject({
      total: 100,
      hour: 1,
      day: 11,
      month: 111,
      lastUsedAt: now,
      lastUsedFrom: '::1',
    })
    await store.close()
    await world.close()
  })
})
