import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canStart, canUse, redis, startRedis } from '../../test/support/backends.ts'
import { systemClock } from '../core/index.ts'
import { createMemoryCache, createRedisCache } from './index.ts'
import { cacheContract, stoppedClock } from './testing.ts'

cacheContract('memory', async () => createMemoryCache({ max: 100, clock: systemClock }))

describe('a cache in memory', () => {
  it('goes by the clock it is given', async () => {
    const clock = stoppedClock()
    const cache = createMemoryCache({ max: 100, clock })
    await cache.set('a', 'x', 1000)
    clock.pass(1000)
    expect(await cache.get('a')).toBe('x')
    clock.pass(1)
    expect(await cache.get('a')).toBeNull()
  })

  it('makes room by forgetting what was unused for longest', async () => {
    const cache = createMemoryCache({ max: 2, clock: systemClock })
    await cache.set('a', 'x', 60_000)
    await cache.set('b', 'x', 60_000)
    await cache.get('a')
    await cache.set('c', 'x', 60_000)
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual(['x', null, 'x'])
  })
})

describe.skipIf(!canUse.redis)('with Redis', () => {
  cacheContract('redis', async () => createRedisCache({ url: await redis(), prefix: `test-${randomUUID()}:` }))

  it('keeps installations with different prefixes apart, and shares between processes with the same', async () => {
    const url = await redis()
    const prefix = `test-${randomUUID()}:`
    const open = (mine: string) => createRedisCache({ url, prefix: mine })
    const [one, same, other] = await Promise.all([open(prefix), open(prefix), open(`${prefix}other:`)])
    await one.set('a', 'x', 60_000)
    expect([await same.get('a'), await other.get('a')]).toEqual(['x', null])
    await Promise.all([one.close(), same.close(), other.close()])
  })
})

describe.skipIf(!canStart.redis)('a cache on a Redis that dies', () => {
  it('fails at once without telling what was asked, and works again when Redis is back', async () => {
    const server = await startRedis()
    const cache = await createRedisCache({ url: server.url, prefix: 'test:' })
    try {
      await cache.set('a', 'x', 60_000)
      await server.kill()
      const error = await cache.set('a', 'planted-secret', 60_000).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(Error)
      expect(JSON.stringify({ ...(error as Error), text: String(error) })).not.toContain('planted-secret')
      await server.restart()
      await expect
        .poll(
          () =>
            cache.set('a', 'y', 60_000).then(
              () => true,
              () => false,
            ),
          { timeout: 10_000 },
        )
        .toBe(true)
      expect(await cache.get('a')).toBe('y')
    } finally {
      await cache.close()
      await server.stop()
    }
  })
})
