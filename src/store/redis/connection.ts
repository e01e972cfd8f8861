import type { Redis } from 'ioredis'

const CONNECT_MS = 5000
const KEEP_ALIVE_MS = 10_000
const LONGEST_PAUSE_MS = 2000

export type RedisOptions = {
  /** `redis://…` or `rediss://…`. Its password never appears in an error. */
  readonly url: string
  /** Before every key and channel, so that several installations can share one Redis. */
  readonly prefix: string
  readonly onError?: (error: unknown) => void
}

/**
 * Connects, and from then on connects again by itself. Comes back after the first attempt, whether it worked or not:
 * Redis being away must not keep a process from starting.
 *
 * @param more what this connection needs beyond the rest
 * @throws when the address cannot be read
 */
export async function connectRedis(
  { url, onError = () => undefined }: RedisOptions,
  more: { readonly socketTimeout?: number } = {},
): Promise<Redis> {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url))
    throw new Error('the Redis address must be redis://… or rediss://…')
  // Only who configured Redis pays for its client.
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // A command while Redis is away fails at once instead of waiting for it.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // Done by the bus, which must know when it hears again.
    autoResubscribe: false,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS),
    ...more,
  })
  redis.on('error', (error: Error) => onError(publicError(error)))
  await redis.connect().catch(() => undefined)
  return redis
}

/** The error without the command it carries: a command's arguments may be a password or a cached value. */
export function publicError(error: unknown): Error {
  return new Error(`Redis: ${error instanceof Error ? error.message : 'failed'}`)
}
