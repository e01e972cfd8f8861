import type { Redis, RedisOptions as Settings } from 'ioredis'
import { type RedisAddress, readRedisAddress } from '../../config/index.ts'

const CONNECT_MS = 5000
const KEEP_ALIVE_MS = 10_000
const LONGEST_PAUSE_MS = 2000

export type RedisOptions = {
  /** `redis://…`, `rediss://…`, `redis-sentinel://…` or `rediss-sentinel://…`. Its password never appears in an error. */
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
  const address = readRedisAddress(url)
  if (typeof address === 'string') throw new Error(`the Redis address ${address}`)
  // Only who configured Redis pays for its client.
  const { Redis } = await import('ioredis')
  const settings: Whereabouts = {
    ...whereabouts(address),
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // A command while Redis is away fails at once instead of waiting for it.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // Done by the bus, which must know when it hears again.
    autoResubscribe: false,
    retryStrategy: pause,
    ...more,
  }
  const redis = new Redis(settings)
  redis.on('error', (error: Error) => onError(publicError(error)))
  await firstAttempt(redis)
  return redis
}

// How replies are mapped is for each call of the constructor to say, and has its usual meaning here.
type Whereabouts = Omit<Settings, 'replyMapping' | 'protocol'>

function pause(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS)
}

function whereabouts({ nodes, master, tls, username, password, database }: RedisAddress): Whereabouts {
  const [first = { host: 'localhost' }] = nodes
  const who = { db: database, ...(username !== null && { username }), ...(password !== null && { password }) }
  if (master === null) return { ...first, ...who, ...(tls && { tls: {} }) }
  return {
    sentinels: [...nodes],
    name: master,
    ...who,
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    // Those that were named, and nobody whom one of them names.
    updateSentinels: false,
    sentinelRetryStrategy: pause,
    // A master that has become a replica takes no writes: ask again who is the master.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
}

// With Sentinels an attempt goes on until one of them answers.
async function firstAttempt(redis: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CONNECT_MS)
  })
  await Promise.race([redis.connect().catch(() => undefined), patience])
  clearTimeout(timer)
}

/** The error without the command it carries: a command's arguments may be a password or a cached value. */
export function publicError(error: unknown): Error {
  return new Error(`Redis: ${error instanceof Error ? error.message : 'failed'}`)
}
