import { Redis } from 'ioredis'
import { keep } from './keeper.ts'
import { type PrivateServer, startServer } from './server.ts'
import { installSystemPackage, onPath } from './system-packages.ts'

/** Finds `redis-server` on the PATH; root installs it from the system's packages where it is missing. Null where there is none. */
export async function findRedis(): Promise<string | null> {
  const present = await onPath('redis-server')
  if (present !== null) return present
  await installSystemPackage('redis-server')
  return onPath('redis-server')
}

/** Starts a Redis of this program. */
export function startRedisFrom(program: string): Promise<PrivateServer> {
  return startServer({
    name: 'redis',
    url: (port) => `redis://127.0.0.1:${port}`,
    prepare: async () => undefined,
    run: (directory, port) => {
      const settings = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', '.']
      return keep({ line: [program, ...settings], directory, user: null, signal: 'TERM' })
    },
    answers: answersRedis,
  })
}

/** Whether a Redis answers at this address. */
export function answersRedis(url: string): Promise<boolean> {
  return withRedis(url, (redis) => redis.ping()).then(
    () => true,
    () => false,
  )
}

/** Removes every key that begins with the prefix. */
export async function removeKeys(url: string, prefix: string): Promise<void> {
  await withRedis(url, async (redis) => {
    let cursor = '0'
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000)
      if (keys.length > 0) await redis.unlink(...keys)
      cursor = next
    } while (cursor !== '0')
  })
}

async function withRedis<R>(url: string, work: (redis: Redis) => Promise<R>): Promise<R> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 1 })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}
