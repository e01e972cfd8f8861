import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { describe, expect, it, vi } from 'vitest'
import { canStart, canUse, redis, startRedis } from '../../test/support/backends.ts'
import { createMemoryBus, createRedisBus } from './index.ts'
import { busContract } from './testing.ts'

busContract('memory', async () => {
  const bus = createMemoryBus()
  return [bus, bus]
})

describe.skipIf(!canUse.redis)('with Redis', () => {
  busContract('redis', async () => {
    const options = { url: await redis(), prefix: `test-${randomUUID()}:` }
    return Promise.all([createRedisBus(options), createRedisBus(options)])
  })

  it('keeps installations with different prefixes apart', async () => {
    const url = await redis()
    const prefix = `test-${randomUUID()}:`
    const [one, other] = await Promise.all([
      createRedisBus({ url, prefix }),
      createRedisBus({ url, prefix: `${prefix}x:` }),
    ])
    const [near, far]: (string | null)[][] = [[], []]
    one.subscribe('keys', (ref) => near?.push(ref))
    other.subscribe('keys', (ref) => far?.push(ref))
    one.publish('keys', 'a')
    await vi.waitFor(() => expect(near).toEqual(['a']))
    expect(far).toEqual([])
    await Promise.all([one.close(), other.close()])
  })

  it.each(['', 'null', '[]', '{"topic":"keys"}', '{"topic":"keys","ref":null}', '{"topic":1,"ref":"a"}', 'keys'])(
    'is not misled by %j from somebody else',
    async (message) => {
      const [url, prefix] = [await redis(), `test-${randomUUID()}:`]
      const [bus, stranger] = [await createRedisBus({ url, prefix }), new Redis(url)]
      const heard: (string | null)[] = []
      bus.subscribe('keys', (ref) => heard.push(ref))
      await stranger.publish(`${prefix}changes`, message)
      bus.publish('keys', 'after')
      await vi.waitFor(() => expect(heard).toEqual(['after']))
      stranger.disconnect()
      await bus.close()
    },
  )
})

describe.skipIf(!canStart.redis)('a bus on a Redis that dies', () => {
  it('says so, takes messages without complaint, and tells everybody to drop everything when it is back', async () => {
    const server = await startRedis()
    const bus = await createRedisBus({ url: server.url, prefix: 'test:' })
    const heard: Record<string, (string | null)[]> = { keys: [], routes: [] }
    for (const topic of ['keys', 'routes']) bus.subscribe(topic, (ref) => heard[topic]?.push(ref))
    try {
      await server.kill()
      await vi.waitFor(() => expect(bus.connected()).toBe(false))
      bus.publish('keys', 'lost')
      await server.restart()
      await vi.waitFor(() => expect(heard).toEqual({ keys: [null], routes: [null] }), { timeout: 10_000 })
      await vi.waitFor(() => expect(bus.connected()).toBe(true), { timeout: 10_000 })
      bus.publish('keys', 'heard again')
      await vi.waitFor(() => expect(heard).toEqual({ keys: [null, 'heard again'], routes: [null] }))
    } finally {
      await bus.close()
      await server.stop()
    }
  })

  it('opens while Redis is away, and is there when Redis comes', async () => {
    const server = await startRedis()
    await server.kill()
    const errors: unknown[] = []
    const bus = await createRedisBus({ url: server.url, prefix: 'test:', onError: (error) => errors.push(error) })
    try {
      expect(bus.connected()).toBe(false)
      expect(errors.length).toBeGreaterThan(0)
      await server.restart()
      await vi.waitFor(() => expect(bus.connected()).toBe(true), { timeout: 10_000 })
    } finally {
      await bus.close()
      await server.stop()
    }
  })
})

describe('the address of a Redis', () => {
  it.each(['http://:planted-secret@host', 'redis://:planted-secret@host:port', ':planted-secret', ''])(
    'is refused when it cannot be read, without its password (%#)',
    async (url) => {
      const error = await createRedisBus({ url, prefix: 'test:' }).catch((reason: unknown) => reason)
      expect(String(error)).toContain('the Redis address ')
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('planted-secret')
    },
  )

  it.skipIf(!canUse.redis)('keeps its password out of errors when Redis does not accept it', async () => {
    const url = new URL(await redis())
    url.username = 'nobody'
    url.password = 'planted-secret'
    const errors: unknown[] = []
    const bus = await createRedisBus({ url: url.href, prefix: 'test:', onError: (error) => errors.push(error) })
    expect(bus.connected()).toBe(false)
    expect(errors.length).toBeGreaterThan(0)
    expect(inspect(errors, { depth: 9, showHidden: true })).not.toContain('planted-secret')
    await bus.close()
  })
})
