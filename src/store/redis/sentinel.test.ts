import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { canStart, startWatchedRedis, type WatchedRedis } from '../../../test/support/backends.ts'
import { createRedisBus, createRedisCache, createRedisScripts } from '../index.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const PREFIX = 'test:'
const PATIENCE = { timeout: 30_000, interval: 100 }
const COUNT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"

/** The address by way of the Sentinel; the first that is named is not there. */
function addressOf({ sentinel, name }: WatchedRedis): string {
  return `redis-sentinel://127.0.0.1:1,${new URL(sentinel.url).host}?master=${name}`
}

/** Waits until the replica and the Sentinel know of each other, so that there is somebody to take over. */
async function settled({ master, sentinel, name }: WatchedRedis): Promise<void> {
  const [asking, watching] = [new Redis(master.url), new Redis(sentinel.url)]
  try {
    await vi.waitFor(async () => expect(await asking.info('replication')).toContain('state=online'), PATIENCE)
    await vi.waitFor(async () => expect(await watching.call('SENTINEL', 'replicas', name)).toHaveLength(1), PATIENCE)
  } finally {
    asking.disconnect()
    watching.disconnect()
  }
}

describe.skipIf(!canStart.redis)('Redis behind Sentinels', { timeout: 90_000 }, () => {
  it('scripts, cache and bus go on with the replica when the master is gone', async () => {
    const watched = await startWatchedRedis()
    stops.push(watched.stop)
    await settled(watched)
    const options = { url: addressOf(watched), prefix: PREFIX }
    const scripts = await createRedisScripts({ ...options, patience: 5000 })
    const cache = await createRedisCache(options)
    const [bus, other] = [await createRedisBus(options), await createRedisBus(options)]
    stops.push(scripts.close, cache.close, bus.close, other.close)
    const count = scripts.define(COUNT)
    const heard: (string | null)[] = []
    other.subscribe('keys', (ref) => heard.push(ref))

    expect(await count(['n'], [2])).toBe(2)
    await cache.set('a', 'kept', 60_000)
    bus.publish('keys', 'before')
    await vi.waitFor(() => expect(heard).toEqual(['before']), PATIENCE)
    const asking = new Redis(watched.master.url)
    await asking.wait(1, 5000)
    asking.disconnect()
    await watched.master.kill()

    await vi.waitFor(async () => expect(await count(['n'], [1])).toBeGreaterThan(2), PATIENCE)
    await vi.waitFor(async () => expect(await cache.get('a')).toBe('kept'), PATIENCE)
    await vi.waitFor(() => expect(bus.connected() && other.connected()).toBe(true), PATIENCE)
    // Whoever was away may have missed something.
    expect(heard).toContain(null)
    bus.publish('keys', 'after')
    await vi.waitFor(() => expect(heard.at(-1)).toBe('after'), PATIENCE)
  })

  it('Sentinels that are all away keep nobody from starting, and are found when they come', async () => {
    const watched = await startWatchedRedis()
    stops.push(watched.stop)
    await watched.sentinel.kill()
    const scripts = await createRedisScripts({ url: addressOf(watched), prefix: PREFIX, patience: 5000 })
    stops.push(scripts.close)
    const count = scripts.define(COUNT)
    await expect(count(['n'], [1])).rejects.toThrow('Redis')
    await watched.sentinel.restart()
    await vi.waitFor(async () => expect(await count(['n'], [1])).toBe(1), PATIENCE)
  })

  it('a master of another name is nobody', async () => {
    const watched = await startWatchedRedis()
    stops.push(watched.stop)
    const url = addressOf({ ...watched, name: 'others' })
    const scripts = await createRedisScripts({ url, prefix: PREFIX, patience: 5000 })
    stops.push(scripts.close)
    await expect(scripts.define(COUNT)(['n'], [1])).rejects.toThrow('Redis')
  })
})
