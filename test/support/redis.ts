import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Starts a Redis of this program. @param more settings as its command line takes them */
export function startRedisFrom(program: string, more: readonly string[] = []): Promise<PrivateServer> {
  return startServer({
    name: 'redis',
    url: (port) => `redis://127.0.0.1:${port}`,
    prepare: async () => undefined,
    run: (directory, port) => {
      const settings = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', '.']
      return keep({ line: [program, ...settings, ...more], directory, user: null, signal: 'TERM' })
    },
    answers: answersRedis,
  })
}

/** The name that Sentinels of tests know their master by. */
export const MASTER = 'orders'

/** Starts a Sentinel of this program, that decides alone and soon. @param master the address of the Redis that it watches */
export function startSentinelFrom(program: string, master: string): Promise<PrivateServer> {
  const { hostname, port } = new URL(master)
  const lines = [
    `sentinel monitor ${MASTER} ${hostname} ${port} 1`,
    `sentinel down-after-milliseconds ${MASTER} 1000`,
    `sentinel failover-timeout ${MASTER} 5000`,
  ]
  return startServer({
    name: 'sentinel',
    url: (at) => `redis://127.0.0.1:${at}`,
    prepare: (directory) => writeFile(join(directory, 'sentinel.conf'), lines.join('\n')),
    run: (directory, at) => {
      const settings = ['sentinel.conf', '--sentinel', '--bind', '127.0.0.1', '--port', String(at)]
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
