import { Redis } from 'ioredis'
import { systemClock } from '../../src/core/index.ts'
import { type Ask, askOf, type CheckOptions, createLimits, createSharedLimits } from '../../src/limits/index.ts'
import { createRedisScripts } from '../../src/store/index.ts'
import { findRedis, startRedisFrom } from '../../test/support/redis.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const KEYS = 1000
const DECISIONS_HERE = 300_000
const DECISIONS_SHARED = 20_000
const IN_FLIGHT = 64
const CAPACITY = 10_000
const MANY = 1_000_000_000

const RULES = [
  { name: 'second', max: MANY, per: 1000, burst: null },
  { name: 'minute', max: MANY, per: 60_000, burst: null },
  { name: 'hour', max: MANY, per: 3_600_000, burst: null },
] as const

/** Decisions over three windows at once, for a thousand keys in turn: in memory, and on Redis by one script each. */
export async function benchLimits(): Promise<Figure[]> {
  const asks = Array.from({ length: KEYS }, (_, i) => RULES.map((rule) => askOf(rule, `key ${i}`)))
  return [await here(asks), ...(await shared(asks))]
}

async function here(asks: readonly (readonly Ask[])[]): Promise<Figure> {
  const limits = createLimits({ clock: systemClock, capacity: CAPACITY })
  const rates: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < DECISIONS_HERE; i++) {
      const decision = limits.check(asks[i % KEYS] as Ask[])
      if (!decision.allowed) throw new Error('a limit that nobody reached was reached')
    }
    rates.push((DECISIONS_HERE * 1000) / (performance.now() - start))
  }
  await limits.stop()
  return figure('limits, three windows in memory', 'decisions/s', rates.slice(1), atLeast(500_000))
}

async function shared(asks: readonly (readonly Ask[])[]): Promise<Figure[]> {
  const program = await findRedis()
  if (program === null) throw new Error('the limits benchmark needs redis-server: apt-get install redis-server')
  const server = await startRedisFrom(program)
  const scripts = await createRedisScripts({ url: server.url, prefix: 'bench:', patience: 1000 })
  const settings = { clock: systemClock, capacity: CAPACITY, timeout: 1000, processes: 1, serves: true }
  const limits = await createSharedLimits({ ...settings, scripts, onStanding: () => undefined })
  const redis = new Redis(server.url)
  try {
    const rates: number[] = []
    const before = await callsOf(redis)
    for (let round = 0; round < ROUNDS; round++) rates.push(await askShared(limits.check, asks))
    const calls = (await callsOf(redis)) - before
    const near: number[] = []
    for (let round = 0; round < ROUNDS; round++) near.push(await askShared(limits.check, asks, { route: APPROXIMATE }))
    return [
      figure('limits, three windows on Redis', 'decisions/s', rates),
      figure('limits, three windows on Redis, approximately', 'decisions/s', near.slice(1)),
      figure(
        'limits, scripts run on Redis for a decision',
        'calls',
        [calls / (ROUNDS * DECISIONS_SHARED)],
        atMost(1.01),
      ),
    ]
  } finally {
    redis.disconnect()
    await limits.stop()
    await scripts.close()
    await server.stop()
  }
}

type Check = ReturnType<typeof createLimits>['check'] | Awaited<ReturnType<typeof createSharedLimits>>['check']

const APPROXIMATE = { id: 'bench', public: false, approximateLimits: true }

async function askShared(check: Check, asks: readonly (readonly Ask[])[], options: CheckOptions = {}): Promise<number> {
  const start = performance.now()
  for (let at = 0; at < DECISIONS_SHARED; at += IN_FLIGHT) {
    const some = Array.from({ length: IN_FLIGHT }, (_, i) => check(asks[(at + i) % KEYS] as Ask[], options))
    for (const decision of await Promise.all(some)) if (!decision.allowed) throw new Error('a limit was reached')
  }
  return (DECISIONS_SHARED * 1000) / (performance.now() - start)
}

// What Redis itself counted: every way a client may ask for something to be decided.
async function callsOf(redis: Redis): Promise<number> {
  const text = await redis.info('commandstats')
  const counts = [...text.matchAll(/cmdstat_(?:evalsha|eval|fcall)(?:_ro)?:calls=(\d+)/g)]
  return counts.reduce((sum, [, calls]) => sum + Number(calls), 0)
}
