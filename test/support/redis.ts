import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { keep } from './keeper.ts'
import { type PrivateServer, startServer } from './server.ts'

const run = promisify(execFile)

/** Finds `redis-server` on the PATH; root installs it from the system's packages where it is missing. Null where there is none. */
export async function findRedis(say: (line: string) => void): Promise<string | null> {
  return (await onPath('redis-server')) ?? (await fromSystemPackages(say))
}

async function onPath(program: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, program)
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (folder !== '' && executable) return file
  }
  return null
}

async function fromSystemPackages(say: (line: string) => void): Promise<string | null> {
  if (process.getuid?.() !== 0 || (await onPath('apt-get')) === null) return null
  say('Installing redis-server from the system’s packages.')
  const install = ['install', '-y', '--no-install-recommends', 'redis-server']
  if (!(await aptGet(install))) {
    await aptGet(['update'])
    await aptGet(install)
  }
  return onPath('redis-server')
}

async function aptGet(command: readonly string[]): Promise<boolean> {
  const patience = ['-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::http::Timeout=15', '-q']
  try {
    // RUNLEVEL=1: the package shall not start a server of its own.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    await run('apt-get', [...patience, ...command], { env, timeout: 180_000, maxBuffer: 64 * 1024 * 1024 })
    return true
  } catch {
    return false
  }
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
