import { describe, expect, test } from 'vitest'
import { createLimits, type Limits, type Rule } from './index.ts'
import { BEGIN, limitsContract } from './testing.ts'

function world(capacity = 1000) {
  let at = BEGIN
  const limits = createLimits({ clock: { now: () => at }, capacity })
  return { limits, pass: (ms: number) => (at += ms), now: () => at }
}

limitsContract('in memory', async () => {
  const { limits, pass, now } = world(100_000)
  return { limits: limits as Limits, pass, now }
})

function rule(over: Partial<Rule> = {}): Rule {
  return { name: 'key-60s', max: 3, per: 60_000, burst: null, ...over }
}

describe('the memory of one process', () => {
  test('is asked without a promise', () => {
    const { limits } = world()
    const place = { key: 'a', max: 1 }
    expect(limits.check([{ rule: rule(), key: 'a' }], { place })).toMatchObject({ allowed: true })
  })

  test('does not remember who was only asked about', () => {
    const { limits } = world()
    for (let i = 0; i < 5; i++) limits.check([{ rule: rule(), key: 'a' }], { dry: true })
    expect(limits.size()).toBe(0)
  })

  test('does not remember a refused stranger', () => {
    const { limits } = world()
    const used = { rule: rule({ name: 'all', max: 1 }), key: '' }
    limits.check([used])
    for (let i = 0; i < 50; i++) limits.check([used, { rule: rule(), key: `stranger ${i}` }])
    expect(limits.size()).toBe(1)
  })

  test('never holds more meters than the capacity, whoever comes', () => {
    const { limits } = world(100)
    for (let i = 0; i < 5_000; i++) {
      limits.check([{ rule: rule(), key: `${i}` }])
      expect(limits.size()).toBeLessThanOrEqual(100)
    }
  })

  test('lets idle meters go when new ones come', () => {
    const { limits, pass } = world(1_000)
    for (let i = 0; i < 500; i++) limits.check([{ rule: rule(), key: `old ${i}` }])
    pass(120_000)
    for (let i = 0; i < 600; i++) limits.check([{ rule: rule(), key: `new ${i}` }])
    expect(limits.size()).toBeLessThanOrEqual(700)
  })

  test('does not free whoever waits longest for a flood of strangers', () => {
    const { limits } = world(500)
    const heavy = [{ rule: rule({ name: 'day', max: 1, per: 86_400_000 }), key: 'heavy' }]
    limits.check(heavy)
    for (let i = 0; i < 5_000; i++) limits.check([{ rule: rule(), key: `${i}` }])
    expect(limits.check(heavy).allowed).toBe(false)
  })

  test('forgets a key with nobody inside', () => {
    const { limits } = world()
    const { place } = limits.check([], { place: { key: 'a', max: 1 } })
    expect(limits.inside('a')).toBe(1)
    place?.leave()
    expect(limits.inside('a')).toBe(0)
  })

  test('shares a limit out among processes that cannot ask each other, at least one unit to each', () => {
    const { limits } = world()
    const allowed = (one: Rule) =>
      Array.from({ length: 20 }, () => limits.check([{ rule: one, key: 'a' }], undefined, 4)).filter((it) => it.allowed)
    expect(allowed(rule({ name: 'ten', max: 10 }))).toHaveLength(2)
    expect(allowed(rule({ name: 'two', max: 2 }))).toHaveLength(1)
    expect(allowed(rule({ name: 'bucket', max: 10, burst: 9 }))).toHaveLength(2)
  })
})
