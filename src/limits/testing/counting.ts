import fc from 'fast-check'
import { expect, it } from 'vitest'
import { windowStart } from '../calendar.ts'
import type { Rule } from '../index.ts'
import { ask, freshKey, rule, type Stage } from './stage.ts'

type Ask = { readonly wait: number; readonly cost: number }
type Admitted = readonly (readonly [at: number, cost: number])[]

const history = fc.array(fc.record({ wait: fc.nat(20_000), cost: fc.integer({ min: 1, max: 4 }) }), { maxLength: 100 })
const params = fc.record({ max: fc.integer({ min: 1, max: 12 }), per: fc.integer({ min: 1, max: 60_000 }) })
const bursts = fc.integer({ min: 1, max: 8 })
const anyRule: fc.Arbitrary<Partial<Rule>> = fc.oneof(
  fc.record({
    max: fc.integer({ min: 1, max: 12 }),
    per: fc.integer({ min: 1, max: 60_000 }),
    burst: fc.option(bursts),
  }),
  fc.record({
    max: fc.integer({ min: 1, max: 12 }),
    per: fc.constant(3_600_000),
    calendar: fc.constant('hour' as const),
  }),
)

/** What counting must hold to, whatever happened before. @param numRuns how many histories of each kind are played */
export function countingContract(stage: () => Stage, numRuns: number): void {
  /** Plays a history under a new key and shows each decision with its time. */
  async function play(
    over: Partial<Rule>,
    asks: readonly Ask[],
    see: (at: number, cost: number, allowed: boolean) => void,
  ) {
    const { limits, pass, now } = stage()
    const [key, one] = [freshKey(), rule(over)]
    for (const { wait, cost } of asks) {
      pass(wait)
      see(now(), cost, (await ask(limits, one, key, { cost })).allowed)
    }
  }

  const holds = <T extends [unknown, ...unknown[]]>(property: fc.IAsyncPropertyWithHooks<T>) =>
    fc.assert(property, { numRuns })

  it('never holds more than the maximum in any sliding window', () =>
    holds(
      fc.asyncProperty(params, history, async (over, asks) => {
        const admitted: [number, number][] = []
        await play({ ...over, burst: null }, asks, (at, cost, allowed) => {
          if (allowed) admitted.push([at, cost])
          expect(unitsIn(admitted, at - over.per, at)).toBeLessThanOrEqual(over.max)
        })
      }),
    ))

  it('refuses nobody who used too little in the sliding window and one cell before it', () =>
    holds(
      fc.asyncProperty(params, history, async (over, asks) => {
        const admitted: [number, number][] = []
        await play({ ...over, burst: null }, asks, (at, cost, allowed) => {
          const used = unitsIn(admitted, at - over.per * (61 / 60) - 1, at)
          if (used + cost <= over.max) expect(allowed).toBe(true)
          if (allowed) admitted.push([at, cost])
        })
      }),
    ))

  it('decides as a bucket that is filled drop by drop', () =>
    holds(
      fc.asyncProperty(params, bursts, history, async (over, burst, asks) => {
        // Whole numbers only: a unit is `per` drops, each millisecond brings `max` of them.
        const full = burst * over.per
        let drops = full
        let last = Number.NEGATIVE_INFINITY
        await play({ ...over, burst }, asks, (at, cost, allowed) => {
          drops = Math.min(full, drops + (at - last) * over.max)
          last = at
          expect(allowed).toBe(cost * over.per <= drops)
          if (allowed) drops -= cost * over.per
        })
      }),
    ))

  it.each(['hour', 'day', 'month'] as const)(
    'gives the whole quota of each %s of the calendar and no more',
    (calendar) => {
      const per = { hour: 3_600_000, day: 86_400_000, month: 30.4375 * 86_400_000 }[calendar]
      const waits = fc.array(fc.record({ wait: fc.nat(Math.floor(per / 3)), cost: fc.integer({ min: 1, max: 3 }) }), {
        maxLength: 60,
      })
      return holds(
        fc.asyncProperty(fc.integer({ min: 3, max: 9 }), waits, async (max, asks) => {
          let [current, used] = [0, 0]
          await play({ max, per, calendar }, asks, (at, cost, allowed) => {
            const start = windowStart(calendar, at)
            if (start !== current) [current, used] = [start, 0]
            expect(allowed).toBe(used + cost <= max)
            if (allowed) used += cost
          })
        }),
      )
    },
  )

  it('allows the same question after the wait that was named', () =>
    holds(
      fc.asyncProperty(anyRule, fc.array(fc.nat(500), { maxLength: 40 }), async (over, waits) => {
        const { limits, pass } = stage()
        const [key, one] = [freshKey(), rule(over)]
        for (const wait of waits) {
          pass(wait)
          const { allowed, retryAfter } = await ask(limits, one, key)
          if (allowed) continue
          pass(Math.ceil(retryAfter))
          expect((await ask(limits, one, key)).allowed).toBe(true)
        }
      }),
    ))

  it('lets what is said to remain be spent at once, and no more', () =>
    holds(
      fc.asyncProperty(anyRule, fc.array(fc.nat(500), { maxLength: 20 }), async (over, waits) => {
        const { limits, pass } = stage()
        const [key, one] = [freshKey(), rule(over)]
        for (const wait of waits) {
          pass(wait)
          await ask(limits, one, key)
        }
        const left = (await ask(limits, one, key, { dry: true })).states[0]?.remaining ?? 0
        for (let i = 0; i < left; i++) expect((await ask(limits, one, key)).allowed).toBe(true)
        expect((await ask(limits, one, key)).allowed).toBe(false)
      }),
    ))

  it('says when everything is available again', () =>
    holds(
      fc.asyncProperty(anyRule, fc.integer({ min: 1, max: 8 }), async (over, count) => {
        const { limits, pass } = stage()
        const [key, one] = [freshKey(), rule(over)]
        const most = (await ask(limits, one, key, { dry: true })).states[0]?.remaining
        for (let i = 0; i < count; i++) await ask(limits, one, key)
        pass(Math.ceil((await ask(limits, one, key, { dry: true })).states[0]?.resetAfter ?? 0))
        expect((await ask(limits, one, key, { dry: true })).states[0]?.remaining).toBe(most)
      }),
    ))

  it.each([1_000, 59_000, 86_400_000])(
    'gives nobody a second helping and locks nobody out when the clock is set back by %i ms',
    async (back) => {
      const { limits, pass } = stage()
      for (const over of [{ max: 2 }, { max: 2, burst: 2 }]) {
        const [key, one] = [freshKey(), rule(over)]
        await ask(limits, one, key)
        await ask(limits, one, key)
        pass(-back)
        expect((await ask(limits, one, key)).allowed).toBe(false)
        pass(61_000)
        expect((await ask(limits, one, key)).allowed).toBe(true)
      }
    },
  )

  it('does not open a quota anew that is over when the clock is set back', async () => {
    const { limits, pass } = stage()
    const [key, one] = [freshKey(), rule({ max: 1, per: 3_600_000, calendar: 'hour' })]
    await ask(limits, one, key)
    pass(-3_600_000)
    expect((await ask(limits, one, key)).allowed).toBe(false)
    pass(2 * 3_600_000)
    expect((await ask(limits, one, key)).allowed).toBe(true)
  })
}

function unitsIn(admitted: Admitted, from: number, to: number): number {
  return admitted.reduce((sum, [at, cost]) => (at > from && at <= to ? sum + cost : sum), 0)
}
