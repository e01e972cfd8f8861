import { type Cache, checkedTtl } from '../cache.ts'
import { connectRedis, publicError, type RedisOptions } from './connection.ts'

/** A cache that every process shares. Each call fails at once while Redis is away. */
export async function createRedisCache(options: RedisOptions): Promise<Cache> {
  const redis = await connectRedis(options)
  const named = (key: string) => `${options.prefix}cache:${key}`
  return Object.freeze({
    get: (key: string) => attempt(redis.get(named(key))),
    set: async (key: string, value: string, ttlMs: number) => {
      await attempt(redis.set(named(key), value, 'PX', checkedTtl(ttlMs)))
    },
    add: async (key: string, value: string, ttlMs: number) =>
      (await attempt(redis.set(named(key), value, 'PX', checkedTtl(ttlMs), 'NX'))) === 'OK',
    delete: async (key: string) => {
      await attempt(redis.del(named(key)))
    },
    close: async () => redis.disconnect(),
  })
}

async function attempt<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply
  } catch (error) {
    throw publicError(error)
  }
}
