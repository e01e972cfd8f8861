import { connectRedis, publicError, type RedisOptions } from './connection.ts'

/**
 * One program inside Redis: all of it happens, or nothing, and nothing else meanwhile. Rejects at once while Redis is
 * away. Keys that belong together carry one `{tag}`, so that a cluster keeps them in one place.
 */
export type RedisScript = (keys: readonly string[], values: readonly (string | number)[]) => Promise<unknown>

/** A connection on which programs run. */
export type RedisScripts = {
  /** @param lua the program; it is sent once for each connection and named by its digest from then on */
  readonly define: (lua: string) => RedisScript
  readonly close: () => Promise<void>
}

type Send = (...parts: readonly (string | number)[]) => Promise<unknown>

/**
 * Opens a connection for programs. An answer that does not come within `patience` breaks the connection, which is then
 * made anew: a peer that vanished without a word must not be waited for until the system notices.
 *
 * @param options.patience milliseconds
 */
export async function createRedisScripts(options: RedisOptions & { readonly patience: number }): Promise<RedisScripts> {
  const redis = await connectRedis(options, { socketTimeout: options.patience })
  let count = 0

  function define(lua: string): RedisScript {
    const name = `sallyport${++count}`
    redis.defineCommand(name, { lua })
    const send = (redis as unknown as Readonly<Record<string, Send>>)[name] as Send
    return async (keys, values) => {
      const named = keys.map((key) => `${options.prefix}${key}`)
      try {
        return await send.call(redis, keys.length, ...named, ...values)
      } catch (error) {
        throw publicError(error)
      }
    }
  }

  return Object.freeze({ define, close: async () => redis.disconnect() })
}
