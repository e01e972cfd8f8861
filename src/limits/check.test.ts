import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLimits, type Rule } from './index.ts'

function world(capacity = 1000) {
  let at = 1_700_000_000_000
  const limits = createLimits({ clock: { now: () => at }, capacity })
  return { limits, pass: (ms: number) => (at += ms) }
}

function rule(over: Partial<Rule> = {}): Rule {
  return { name: 'key-60s', max: 3, per: 60_000, burst: null, ...over }
}

describe('several rules, one decision', () => {
  test('a refusal by one rule is charged to none', () => {
    const { limits } = world()
    const wide = rule({ name: 'wide', max: 10 })
    const tight = rule({ name: 'tight', max: 1 })
    const ask = [
      { rule: wide, key: 'a' },
      { rule: tight, key: 'a' },
    ]
    expect(limits.check(ask).allowed).toBe(true)
    for (let i = 0; i < 20; i++) expect(limits.check(ask).allowed).toBe(false)
    expect(limits.check([{ rule: wide, key: 'a' }]).states[0]?.remaining).toBe(8)
  })

  test('the longest wait is the answer', () => {
    const { limits } = world()
    const minute = { rule: rule({ name: 'm', max: 1 }), key: 'a' }
    const hour = { rule: rule({ name: 'h', max: 1, per: 3_600_000 }), key: 'a' }
    limits.check([minute, hour])
    expect(limits.check([minute, hour]).retryAfter).toBeGreaterThanOrEqual(3_600_000)
  })

  test('a dry run says the same and charges nothing', () => {
    const { limits } = world()
    const ask = [{ rule: rule({ max: 1 }), key: 'a' }]
    for (let i = 0; i < 5; i++) expect(limits.check(ask, { dry: true }).allowed).toBe(true)
    expect(limits.size()).toBe(0)
    limits.check(ask)
    expect(limits.check(ask, { dry: true }).allowed).toBe(false)
  })

  test('a refused stranger is not remembered', () => {
    const { limits } = world()
    const used = { rule: rule({ name: 'all', max: 1 }), key: '' }
    limits.check([used])
    for (let i = 0; i < 50; i++) limits.check([used, { rule: rule(), key: `stranger ${i}` }])
    expect(limits.size()).toBe(1)
  })

  test('costs count as units, and a cost above the limit never passes', () => {
    const { limits } = world()
    const ask = [{ rule: rule({ max: 10 }), key: 'a' }]
    expect(limits.check(ask, { cost: 7 }).states[0]?.remaining).toBe(3)
    expect(limits.check(ask, { cost: 4 }).allowed).toBe(false)
    expect(limits.check(ask, { cost: 3 }).allowed).toBe(true)
    expect(limits.check([{ rule: rule(), key: 'b' }], { cost: 4 }).allowed).toBe(false)
  })

  test('keys that would join to the same text stay apart', () => {
    const { limits } = world()
    limits.check([{ rule: rule({ name: 'a', max: 1 }), key: '60000::b' }])
    expect(limits.check([{ rule: rule({ name: 'a:60000:', max: 1 }), key: 'b' }]).allowed).toBe(true)
  })

  test('the same rule and key twice in one question is a mistake of the program', () => {
    const { limits } = world()
    const ask = { rule: rule(), key: 'a' }
    expect(() => limits.check([ask, ask])).toThrow(RangeError)
  })

  test.each([
    { max: 0 },
    { max: 1.5 },
    { max: Number.NaN },
    { per: 0 },
    { per: Number.POSITIVE_INFINITY },
    { burst: 0 },
    { burst: -1 },
    { name: '' },
    { name: 'quo"te' },
    { name: 'line\nbreak' },
  ])('a rule with %j does not count as a limit', (wrong) => {
    expect(() => world().limits.check([{ rule: rule(wrong), key: 'a' }])).toThrow(RangeError)
  })
})

type Ask = { readonly wait: number; readonly cost: number }
const history = fc.array(fc.record({ wait: fc.nat(20_000), cost: fc.integer({ min: 1, max: 4 }) }), { maxLength: 120 })
const params = fc.record({ max: fc.integer({ min: 1, max: 12 }), per: fc.integer({ min: 1, max: 60_000 }) })

/** Plays a history and hands every admitted unit, with its time, to the reference. */
function play(over: Partial<Rule>, asks: readonly Ask[], see: (at: number, cost: number, allowed: boolean) => void) {
  const { limits, pass } = world()
  let at = 0
  for (const { wait, cost } of asks) {
    pass(wait)
    at += wait
    see(at, cost, limits.check([{ rule: rule(over), key: 'a' }], { cost }).allowed)
  }
}

function unitsIn(admitted: readonly (readonly [number, number])[], from: number, to: number): number {
  return admitted.reduce((sum, [at, cost]) => (at > from && at <= to ? sum + cost : sum), 0)
}

describe('sliding window', () => {
  test('no window of the length ever holds more than the maximum', () => {
    fc.assert(
      fc.property(params, history, (over, asks) => {
        const admitted: [number, number][] = []
        play({ ...over, burst: null }, asks, (at, cost, allowed) => {
          if (allowed) admitted.push([at, cost])
          expect(unitsIn(admitted, at - over.per, at)).toBeLessThanOrEqual(over.max)
        })
      }),
    )
  })

  test('nobody is refused who used too little in the window and one cell before it', () => {
    fc.assert(
      fc.property(params, history, (over, asks) => {
        const admitted: [number, number][] = []
        play({ ...over, burst: null }, asks, (at, cost, allowed) => {
          const used = unitsIn(admitted, at - over.per * (61 / 60) - 1, at)
          if (used + cost <= over.max) expect(allowed).toBe(true)
          if (allowed) admitted.push([at, cost])
        })
      }),
    )
  })
})

describe('token bucket', () => {
  const bursts = fc.integer({ min: 1, max: 8 })

  test('decides as a bucket that is filled drop by drop', () => {
    fc.assert(
      fc.property(params, bursts, history, (over, burst, asks) => {
        // Whole numbers only: a unit is `per` drops, each millisecond brings `max` of them.
        const full = burst * over.per
        let drops = full
        let last = 0
        play({ ...over, burst }, asks, (at, cost, allowed) => {
          drops = Math.min(full, drops + (at - last) * over.max)
          last = at
          expect(allowed).toBe(cost * over.per <= drops)
          if (allowed) drops -= cost * over.per
        })
      }),
    )
  })

  test('no window of the length ever holds more than the maximum and the burst', () => {
    fc.assert(
      fc.property(params, bursts, history, (over, burst, asks) => {
        const admitted: [number, number][] = []
        play({ ...over, burst }, asks, (at, cost, allowed) => {
          if (allowed) admitted.push([at, cost])
          expect(unitsIn(admitted, at - over.per, at)).toBeLessThanOrEqual(over.max + burst)
        })
      }),
    )
  })
})

describe('what the answer promises', () => {
  const anyRule = fc.record({
    max: fc.integer({ min: 1, max: 12 }),
    per: fc.integer({ min: 1, max: 60_000 }),
    burst: fc.option(fc.integer({ min: 1, max: 8 })),
  })

  test('after the wait that was named the same question is allowed', () => {
    fc.assert(
      fc.property(anyRule, fc.array(fc.nat(500), { maxLength: 60 }), (over, waits) => {
        const { limits, pass } = world()
        const ask = [{ rule: rule(over), key: 'a' }]
        for (const wait of waits) {
          pass(wait)
          const { allowed, retryAfter } = limits.check(ask)
          if (allowed) continue
          pass(Math.ceil(retryAfter))
          expect(limits.check(ask).allowed).toBe(true)
        }
      }),
    )
  })

  test('what is said to remain can be spent at once, and no more', () => {
    fc.assert(
      fc.property(anyRule, fc.array(fc.nat(500), { maxLength: 20 }), (over, waits) => {
        const { limits, pass } = world()
        const ask = [{ rule: rule(over), key: 'a' }]
        for (const wait of waits) {
          pass(wait)
          limits.check(ask)
        }
        const left = limits.check(ask, { dry: true }).states[0]?.remaining ?? 0
        for (let i = 0; i < left; i++) expect(limits.check(ask).allowed).toBe(true)
        expect(limits.check(ask).allowed).toBe(false)
      }),
    )
  })
})

describe('a clock that is set back', () => {
  test.each([1_000, 59_000, 86_400_000])('by %i ms gives nobody a second helping and locks nobody out', (back) => {
    const { limits, pass } = world()
    const ask = [{ rule: rule({ max: 2 }), key: 'a' }]
    limits.check(ask)
    limits.check(ask)
    pass(-back)
    expect(limits.check(ask).allowed).toBe(false)
    pass(61_000)
    expect(limits.check(ask).allowed).toBe(true)
  })
})

describe('memory', () => {
  test('never more meters than the capacity, whoever comes', () => {
    const { limits } = world(100)
    for (let i = 0; i < 5_000; i++) {
      limits.check([{ rule: rule(), key: `${i}` }])
      expect(limits.size()).toBeLessThanOrEqual(100)
    }
  })

  test('idle meters go when new ones come', () => {
    const { limits, pass } = world(1_000)
    for (let i = 0; i < 500; i++) limits.check([{ rule: rule(), key: `old ${i}` }])
    pass(120_000)
    for (let i = 0; i < 600; i++) limits.check([{ rule: rule(), key: `new ${i}` }])
    expect(limits.size()).toBeLessThanOrEqual(700)
  })

  test('a flood of strangers does not free whoever is waiting longest', () => {
    const { limits } = world(500)
    const heavy = [{ rule: rule({ name: 'day', max: 1, per: 86_400_000 }), key: 'heavy' }]
    limits.check(heavy)
    for (let i = 0; i < 5_000; i++) limits.check([{ rule: rule(), key: `${i}` }])
    expect(limits.check(heavy).allowed).toBe(false)
  })
})

describe('concurrency', () => {
  test('as many as allowed are inside, and leaving makes room', () => {
    const { limits } = world()
    expect([limits.enter('a', 2), limits.enter('a', 2), limits.enter('a', 2)]).toEqual([true, true, false])
    limits.leave('a')
    expect(limits.enter('a', 2)).toBe(true)
    expect(limits.enter('b', 1)).toBe(true)
  })

  test('nobody leaves who is not inside', () => {
    const { limits } = world()
    limits.enter('a', 1)
    limits.leave('a')
    expect(() => limits.leave('a')).toThrow('leave without enter')
    expect(limits.inside('a')).toBe(0)
  })
})
