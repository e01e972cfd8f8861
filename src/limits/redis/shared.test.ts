import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { canStart, canUse, redis, startRedis } from '../../../test/support/backends.ts'
import { systemClock } from '../../core/index.ts'
import { createRedisScripts } from '../../store/index.ts'
import { createSharedLimits, type LimitDecision, type Limits, type Rule, type Standing } from '../index.ts'
import { BEGIN, limitsContract } from '../testing.ts'

type Process = { readonly limits: Limits; readonly standings: Standing[] }

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

const rule = (over: Partial<Rule> = {}): Rule => ({ name: 'key-60s', max: 10, per: 60_000, burst: null, ...over })

async function openProcess(url: string, prefix: string, over: object = {}): Promise<Process> {
  const standings: Standing[] = []
  const scripts = await createRedisScripts({ url, prefix, patience: 5000 })
  const limits = await createSharedLimits({
    clock: systemClock,
    capacity: 1000,
    scripts,
    timeout: 500,
    processes: 1,
    serves: true,
    onStanding: (standing) => standings.push(standing),
    ...over,
  })
  stops.push(limits.stop)
  return { limits, standings }
}

async function ask(process: Process | undefined, one: Rule, key = 'a', options = {}): Promise<LimitDecision> {
  return (process as Process).limits.check([{ rule: one, key }], options)
}

async function admitted(processes: readonly Process[], one: Rule, asks: number): Promise<number> {
  const answers = Array.from({ length: asks }, (_, i) => ask(processes[i % processes.length], one))
  return (await Promise.all(answers)).filter(({ allowed }) => allowed).length
}

describe.skipIf(!canUse.redis)('with Redis', () => {
  limitsContract(
    'shared on Redis',
    async () => {
      let at = BEGIN
      const [url, prefix] = [await redis(), `test-${randomUUID()}:`]
      const scripts = await createRedisScripts({ url, prefix, patience: 5000 })
      const limits = await createSharedLimits({
        clock: systemClock,
        capacity: 1000,
        scripts,
        timeout: 5000,
        processes: 1,
        serves: true,
        onStanding: (standing) => {
          throw new Error(JSON.stringify(standing))
        },
        time: { now: () => at, slack: 3_600_000 },
      })
      return { limits, pass: (ms) => (at += ms), now: () => at }
    },
    { numRuns: 15 },
  )
})
