import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { canStart, canUse, redis, startRedis } from '../../../test/support/backends.ts'
import { openCable } from '../../../test/support/cable.ts'
import { systemClock } from '../../core/index.ts'
import { createRedisScripts, type RedisScripts } from '../../store/index.ts'
import {
  createSharedLimits,
  type LimitDecision,
  type Limits,
  type Rule,
  type SharedLimitsDeps,
  type Standing,
} from '../index.ts'
import { BEGIN, limitsContract } from '../testing.ts'

type Process = { readonly limits: Limits; readonly standings: readonly Standing[]; readonly scripts: RedisScripts }

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const rule = (over: Partial<Rule> = {}): Rule => ({ name: 'key-60s', max: 10, per: 60_000, burst: null, ...over })
const freshPrefix = () => `test-${randomUUID()}:`

async function openProcess(url: string, prefix: string, over: Partial<SharedLimitsDeps> = {}): Promise<Process> {
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
  return { limits, standings, scripts }
}

/** Several processes that know of each other. */
async function openProcesses(count: number, url: string, prefix: string, over: Partial<SharedLimitsDeps> = {}) {
  const all: Process[] = []
  for (let i = 0; i < count; i++) all.push(await openProcess(url, prefix, over))
  // Each hears at its next beat how many there are.
  await new Promise((resolve) => setTimeout(resolve, 1200))
  return all
}

async function ask({ limits }: Process, one: Rule, options = {}): Promise<LimitDecision> {
  return limits.check([{ rule: one, key: 'a' }], options)
}

/** How many of so many questions, all at once and spread over the processes, are allowed. */
async function admitted(processes: readonly Process[], one: Rule, asks: number): Promise<number> {
  const answers = Array.from({ length: asks }, (_, i) => ask(processes[i % processes.length] as Process, one))
  return (await Promise.all(answers)).filter(({ allowed }) => allowed).length
}

const isAlone = ({ standings }: Process) => standings.at(-1)?.is === 'alone'
const returned = ({ standings }: Process) => standings.at(-1)?.is === 'shared'

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

  it.each<Partial<Rule>>([{}, { burst: 10 }, { per: 86_400_000, calendar: 'day' }])(
    'four processes admit exactly as many as one rule says: %j',
    async (over) => {
      const [url, prefix] = [await redis(), freshPrefix()]
      const processes = await Promise.all([1, 2, 3, 4].map(() => openProcess(url, prefix)))
      expect(await admitted(processes, rule(over), 100)).toBe(10)
    },
  )

  it('a decision over three windows and a place is one call', async () => {
    const scripts = await createRedisScripts({ url: await redis(), prefix: freshPrefix(), patience: 5000 })
    let calls = 0
    const define: RedisScripts['define'] = (lua) => {
      const script = scripts.define(lua)
      return (keys, values) => {
        calls++
        return script(keys, values)
      }
    }
    const { limits } = await openProcess('redis://nowhere', '', { scripts: { ...scripts, define } })
    const asks = [1_000, 60_000, 3_600_000].map((per) => ({ rule: rule({ name: `w${per}`, per }), key: 'a' }))
    const before = calls
    expect(await limits.check(asks, { place: { key: 'a', max: 1 } })).toMatchObject({ allowed: true })
    expect(calls - before).toBe(1)
  })

  it('the clocks of the processes do not matter', async () => {
    const [url, prefix] = [await redis(), freshPrefix()]
    const late = { now: () => Date.now() - 3_600_000 }
    const processes = [await openProcess(url, prefix), await openProcess(url, prefix, { clock: late })]
    expect(await admitted(processes, rule(), 40)).toBe(10)
  })

  it('nothing is kept longer than it says something, and a cluster keeps all of it in one place', async () => {
    const [url, prefix] = [await redis(), freshPrefix()]
    const process = await openProcess(url, prefix)
    const rules = [rule(), rule({ burst: 3 }), rule({ per: 3_600_000, calendar: 'hour' })]
    const place = { key: 'a', max: 3 }
    await process.limits.check(
      rules.map((rule) => ({ rule, key: 'a' })),
      { place },
    )
    const looking = new Redis(url)
    const keys = await looking.keys(`${prefix}*`)
    expect(keys).toHaveLength(5)
    for (const key of keys) {
      expect(key).toContain('{limits}')
      expect(await looking.pttl(key)).toBeGreaterThan(0)
      expect(await looking.pttl(key)).toBeLessThan(3_700_000)
    }
    looking.disconnect()
  })

  it('a sliding window stays small however much is asked', async () => {
    const [url, prefix] = [await redis(), freshPrefix()]
    let at = BEGIN
    const process = await openProcess(url, prefix, { time: { now: () => at, slack: 60_000 } })
    const looking = new Redis(url)
    for (let i = 0; i < 300; i++) {
      at += 700
      await ask(process, rule({ max: 1_000 }))
    }
    const [key] = await looking.keys(`${prefix}{limits}:rate:*`)
    expect(await looking.hlen(key as string)).toBeLessThanOrEqual(61 + 3)
    looking.disconnect()
  })

  it('a place is held as long as its process lives, and falls free when the process is gone', async () => {
    const [url, prefix] = [await redis(), freshPrefix()]
    const lease = 1500
    const [one, other] = [await openProcess(url, prefix, { lease }), await openProcess(url, prefix, { lease })]
    const place = { key: 'a', max: 1 }
    expect((await ask(one, rule(), { place })).place).not.toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(await ask(other, rule(), { place })).toMatchObject({ allowed: false, crowded: true })
    await one.scripts.close()
    await vi.waitFor(async () => expect((await ask(other, rule(), { place })).allowed).toBe(true), 4000)
  })
})

describe.skipIf(!canStart.redis)('while Redis is away', () => {
  it('each process admits its part, so that together they admit at most the maximum once more', async () => {
    const cable = await openCable(await redis())
    stops.push(cable.close)
    const processes = await openProcesses(2, cable.url, freshPrefix())
    expect(await admitted(processes, rule(), 40)).toBe(10)
    await cable.cut()
    expect(await admitted(processes, rule(), 40)).toBe(10)
    expect(await admitted(processes, rule(), 40)).toBe(0)
    await cable.mend()
    await vi.waitFor(() => expect(processes.every(returned)).toBe(true), 8000)
    expect(await admitted(processes, rule(), 40)).toBe(0)
    for (const { standings } of processes) {
      expect(standings.map((standing) => standing.is)).toEqual(['alone', 'shared'])
      expect(standings[0]).toMatchObject({ processes: 2 })
    }
  })

  it('a limit smaller than the number of processes lets one through in each', async () => {
    const cable = await openCable(await redis())
    stops.push(cable.close)
    const processes = await openProcesses(3, cable.url, freshPrefix())
    await cable.cut()
    expect(await admitted(processes, rule({ max: 2 }), 30)).toBe(3)
  })

  it('nobody waits for a Redis that takes questions and does not answer, and what it took counts when it is back', async () => {
    const cable = await openCable(await redis())
    stops.push(cable.close)
    const [one] = (await openProcesses(1, cable.url, freshPrefix(), { timeout: 100 })) as [Process]
    const place = { key: 'a', max: 1 }
    cable.hang()
    const decision = await ask(one, rule(), { place })
    expect(decision.allowed).toBe(true)
    expect(isAlone(one)).toBe(true)
    // From here on it does not even try.
    expect(one.limits.check([{ rule: rule(), key: 'a' }])).not.toBeInstanceOf(Promise)
    await cable.mend()
    await vi.waitFor(() => expect(returned(one)).toBe(true), 12_000)
    expect(await ask(one, rule(), { place })).toMatchObject({ allowed: false, crowded: true })
    decision.place?.leave()
    await vi.waitFor(async () => expect((await ask(one, rule(), { place, dry: true })).allowed).toBe(true))
  })

  it('a place that was given out alone is known to the others once Redis is back', async () => {
    const [server, prefix] = [await startRedis(), freshPrefix()]
    stops.push(server.stop)
    const [one, other] = (await openProcesses(2, server.url, prefix)) as [Process, Process]
    const place = { key: 'a', max: 1 }
    await server.kill()
    expect((await ask(one, rule(), { place })).place).not.toBeNull()
    await server.restart()
    await vi.waitFor(() => expect(returned(one)).toBe(true), 8000)
    if (isAlone(other)) await vi.waitFor(() => expect(returned(other)).toBe(true), 8000)
    expect(await ask(other, rule(), { place })).toMatchObject({ allowed: false, crowded: true })
  })

  it('a route that wants shared limits is refused, and nothing is charged; others go on and are told of', async () => {
    const local: string[] = []
    const over = { processes: 2, onLocal: ({ id }: { id: string }) => void local.push(id) }
    const process = await openProcess('redis://127.0.0.1:1', freshPrefix(), over)
    const closed = { id: 'closed', public: false, sharedLimitsOnly: true }
    const open = { id: 'open', public: false }
    const place = { key: 'a', max: 10 }
    expect(await ask(process, rule(), { route: closed, place })).toEqual({
      allowed: false,
      retryAfter: 0,
      states: [],
      crowded: false,
      place: null,
      unavailable: true,
    })
    expect(await process.limits.check([], { route: closed, place: null })).toMatchObject({ allowed: true })
    expect(await ask(process, rule(), { route: open })).toMatchObject({ allowed: true, states: [{ remaining: 4 }] })
    await ask(process, rule(), { route: open, dry: true })
    expect(local).toEqual(['open'])
  })

  it('a process that never heard of Redis reckons with as many others as it was told of', async () => {
    const process = await openProcess('redis://127.0.0.1:1', freshPrefix(), { processes: 5 })
    expect(process.standings).toMatchObject([{ is: 'alone', processes: 5 }])
    expect(await admitted([process], rule(), 20)).toBe(2)
  })
})
