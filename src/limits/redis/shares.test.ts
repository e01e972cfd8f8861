import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { canStart, canUse, redis } from '../../../test/support/backends.ts'
import { openCable } from '../../../test/support/cable.ts'
import { systemClock } from '../../core/index.ts'
import { createRedisScripts, type RedisScripts } from '../../store/index.ts'
import { createSharedLimits, type Limits, type Rule, type Standing } from '../index.ts'

type Process = { readonly limits: Limits; readonly calls: () => number; readonly standing: () => Standing | undefined }

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const APPROXIMATE = { id: 'orders', public: false, approximateLimits: true }
const rule = (over: Partial<Rule> = {}): Rule => ({ name: 'key-60s', max: 400, per: 60_000, burst: null, ...over })

/** A process that counts how often it asks Redis something about limits. */
async function openProcess(url: string, prefix: string): Promise<Process> {
  let [calls, standing]: [number, Standing | undefined] = [0, undefined]
  const scripts = await createRedisScripts({ url, prefix, patience: 5000 })
  const define: RedisScripts['define'] = (lua) => {
    const script = scripts.define(lua)
    return (keys, values) => {
      if (keys.some((key) => key.includes(':rate:'))) calls++
      return script(keys, values)
    }
  }
  const limits = await createSharedLimits({
    clock: systemClock,
    capacity: 1000,
    scripts: { ...scripts, define },
    timeout: 2000,
    processes: 4,
    serves: true,
    onStanding: (now) => {
      standing = now
    },
  })
  stops.push(limits.stop)
  return { limits, calls: () => calls, standing: () => standing }
}

const openFour = (url: string, prefix: string) => Promise.all([1, 2, 3, 4].map(() => openProcess(url, prefix)))

const ask = ({ limits }: Process, one: Rule, options = {}) =>
  limits.check([{ rule: one, key: 'a' }], { route: APPROXIMATE, ...options })

const left = async (process: Process, one: Rule) =>
  (await ask(process, one, { route: { ...APPROXIMATE, approximateLimits: false }, dry: true })).states[0]?.remaining

/** How many of so many questions are allowed; each process asks as fast as it is answered. */
async function admitted(processes: readonly Process[], one: Rule, each: number, cost = 1): Promise<number> {
  const counts = processes.map(async (process) => {
    let count = 0
    for (let i = 0; i < each; i++) if ((await ask(process, one, { cost })).allowed) count++
    return count
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

describe.skipIf(!canUse.redis)('limits that are counted approximately', () => {
  it.each<[Partial<Rule>, number]>([
    [{}, 1],
    [{}, 3],
    [{ burst: 400, per: 86_400_000 }, 1],
    [{ per: 86_400_000, calendar: 'day' }, 1],
  ])('four processes admit at least the maximum and at most a tenth more: %j at a cost of %i', async (over, cost) => {
    const [url, prefix] = [await redis(), `test-${randomUUID()}:`]
    const processes = await openFour(url, prefix)
    const units = (await admitted(processes, rule(over), 300, cost)) * cost
    expect(units).toBeGreaterThan(400 - cost)
    expect(units).toBeLessThanOrEqual(440)
    // A while later nobody has shares left, and no more comes of it.
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(units + (await admitted(processes, rule(over), 50, cost)) * cost).toBeLessThanOrEqual(440)
  })

  it('most requests go without asking Redis, and the others know of them a moment later', async () => {
    const [url, prefix] = [await redis(), `test-${randomUUID()}:`]
    const [one, other] = [await openProcess(url, prefix), await openProcess(url, prefix)]
    const large = rule({ max: 40_000 })
    await ask(one, large)
    const before = one.calls()
    const answers = Array.from({ length: 500 }, () => ask(one, large))
    expect(answers.some((answer) => answer instanceof Promise)).toBe(false)
    expect(one.calls()).toBe(before)
    await vi.waitFor(async () => expect(await left(other, large)).toBe(40_000 - 501), 5000)
    expect(one.calls()).toBe(before + 1)
  })

  it('a small limit is asked about each time, and is exact', async () => {
    const [url, prefix] = [await redis(), `test-${randomUUID()}:`]
    const processes = await openFour(url, prefix)
    expect(await admitted(processes, rule({ max: 20 }), 20)).toBe(20)
  })

  it('a limit that is used up elsewhere is used up here a moment later', async () => {
    const [url, prefix] = [await redis(), `test-${randomUUID()}:`]
    const [one, other] = [await openProcess(url, prefix), await openProcess(url, prefix)]
    await ask(one, rule())
    expect(await admitted([other], rule(), 450)).toBeGreaterThan(390)
    await vi.waitFor(async () => expect((await ask(one, rule())).allowed).toBe(false), 5000)
    expect(await left(other, rule())).toBe(0)
  })

  it('all rules of a request have a share, or Redis is asked about all of them', async () => {
    const process = await openProcess(await redis(), `test-${randomUUID()}:`)
    const both = [rule({ max: 40_000 }), rule({ name: 'tight', max: 10 })].map((one) => ({ rule: one, key: 'a' }))
    const allowed: boolean[] = []
    for (let i = 0; i < 15; i++) allowed.push((await process.limits.check(both, { route: APPROXIMATE })).allowed)
    expect(allowed.filter(Boolean)).toHaveLength(10)
    expect((await ask(process, rule({ max: 40_000 }), { dry: true })).states[0]?.remaining).toBe(40_000 - 10)
  })

  it('a place among requests at once and a dry run are asked about', async () => {
    const process = await openProcess(await redis(), `test-${randomUUID()}:`)
    await ask(process, rule())
    expect(process.limits.check([{ rule: rule(), key: 'a' }], { route: APPROXIMATE })).not.toBeInstanceOf(Promise)
    const place = { key: 'a', max: 1 }
    const taken = ask(process, rule(), { place })
    expect(taken).toBeInstanceOf(Promise)
    expect((await taken).place).not.toBeNull()
    expect(await ask(process, rule(), { place })).toMatchObject({ allowed: false, crowded: true })
    expect(ask(process, rule(), { dry: true })).toBeInstanceOf(Promise)
  })

  it('a process that stops tells what it let through', async () => {
    const [url, prefix] = [await redis(), `test-${randomUUID()}:`]
    const [one, other] = [await openProcess(url, prefix), await openProcess(url, prefix)]
    for (let i = 0; i < 6; i++) await ask(one, rule())
    await one.limits.stop()
    expect(await left(other, rule())).toBe(394)
  })
})

describe.skipIf(!canStart.redis)('limits that are counted approximately, while Redis is away', () => {
  it('hold each process to its part, and tell what was let through before once Redis is back', async () => {
    const cable = await openCable(await redis())
    stops.push(cable.close)
    const process = await openProcess(cable.url, `test-${randomUUID()}:`)
    for (let i = 0; i < 6; i++) await ask(process, rule())
    await cable.cut()
    await vi.waitFor(() => expect(process.standing()?.is).toBe('alone'), 8000)
    // A fourth: it reckons with four processes.
    expect(await admitted([process], rule(), 150)).toBe(100)
    expect(await ask(process, rule(), { route: { ...APPROXIMATE, sharedLimitsOnly: true } })).toMatchObject({
      allowed: false,
      unavailable: true,
    })
    await cable.mend()
    await vi.waitFor(() => expect(process.standing()?.is).toBe('shared'), 15_000)
    await vi.waitFor(async () => expect(await left(process, rule())).toBeLessThanOrEqual(394), 5000)
  })
})
