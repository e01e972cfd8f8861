import { expect, it } from 'vitest'
import type { Rule } from '../index.ts'
import { ask, freshKey, rule, type Stage } from './stage.ts'

/** What every decision over several rules and a place must hold to. */
export function decidingContract(stage: () => Stage): void {
  it('charges nothing for what one rule refuses', async () => {
    const { limits } = stage()
    const key = freshKey()
    const [wide, tight] = [rule({ name: 'wide', max: 10 }), rule({ name: 'tight', max: 1 })]
    const both = [wide, tight].map((rule) => ({ rule, key }))
    expect((await limits.check(both)).allowed).toBe(true)
    for (let i = 0; i < 20; i++) expect((await limits.check(both)).allowed).toBe(false)
    expect((await ask(limits, wide, key)).states[0]?.remaining).toBe(8)
  })

  it('charges nothing for what a full place refuses, and no place for what a rule refuses', async () => {
    const { limits } = stage()
    const key = freshKey()
    const place = { key: freshKey(), max: 1 }
    const first = await ask(limits, rule({ max: 2 }), key, { place })
    expect(first).toMatchObject({ allowed: true, crowded: false })
    const crowded = await ask(limits, rule({ max: 2 }), key, { place })
    expect(crowded).toMatchObject({ allowed: false, crowded: true, place: null, states: [{ remaining: 1, wait: 0 }] })
    expect(crowded.retryAfter).toBeGreaterThan(0)
    first.place?.leave()
    const second = await ask(limits, rule({ max: 2 }), key, { place })
    expect(second.allowed).toBe(true)
    second.place?.leave()
    expect(await ask(limits, rule({ max: 2 }), key, { place })).toMatchObject({ allowed: false, crowded: false })
    expect((await limits.check([], { place })).allowed).toBe(true)
  })

  it('decides over all algorithms at once', async () => {
    const { limits } = stage()
    const key = freshKey()
    const rules: Rule[] = [
      rule({ name: 'window', max: 9 }),
      rule({ name: 'bucket', max: 60, burst: 8 }),
      rule({ name: 'quota', max: 7, per: 86_400_000, calendar: 'day' }),
    ]
    const { states } = await limits.check(rules.map((rule) => ({ rule, key })))
    expect(states.map(({ remaining }) => remaining)).toEqual([8, 7, 6])
  })

  it('answers the longest wait of all', async () => {
    const { limits } = stage()
    const key = freshKey()
    const both = [rule({ name: 'm', max: 1 }), rule({ name: 'h', max: 1, per: 3_600_000 })].map((rule) => ({
      rule,
      key,
    }))
    await limits.check(both)
    expect((await limits.check(both)).retryAfter).toBeGreaterThanOrEqual(3_600_000)
  })

  it('says the same in a dry run, and charges nothing and takes no place', async () => {
    const { limits } = stage()
    const key = freshKey()
    const place = { key: freshKey(), max: 1 }
    for (let i = 0; i < 5; i++) {
      expect(await ask(limits, rule({ max: 1 }), key, { dry: true, place })).toMatchObject({
        allowed: true,
        place: null,
      })
    }
    await ask(limits, rule({ max: 1 }), key, { place })
    expect(await ask(limits, rule({ max: 1 }), key, { dry: true })).toMatchObject({ allowed: false, crowded: false })
    expect(await ask(limits, rule(), freshKey(), { dry: true, place })).toMatchObject({ allowed: false, crowded: true })
  })

  it('counts costs as units, and never lets a cost above the limit pass', async () => {
    const { limits } = stage()
    for (const over of [{}, { burst: 10 }, { per: 3_600_000, calendar: 'hour' as const }]) {
      const key = freshKey()
      const ten = rule({ max: 10, ...over })
      expect((await ask(limits, ten, key, { cost: 7 })).states[0]?.remaining).toBe(3)
      expect((await ask(limits, ten, key, { cost: 4 })).allowed).toBe(false)
      expect((await ask(limits, ten, key, { cost: 3 })).allowed).toBe(true)
      expect((await ask(limits, ten, freshKey(), { cost: 11 })).allowed).toBe(false)
    }
  })

  it('keeps keys apart that would join to the same text', async () => {
    const { limits } = stage()
    const key = freshKey()
    await ask(limits, rule({ name: 'a', max: 1 }), `60000::${key}`)
    expect((await ask(limits, rule({ name: 'a:60000:', max: 1 }), key)).allowed).toBe(true)
  })

  it('takes the same rule and key twice in one question for a mistake of the program', async () => {
    const { limits } = stage()
    const one = { rule: rule(), key: freshKey() }
    expect(() => limits.check([one, one])).toThrow(RangeError)
  })

  it.each([
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
    { calendar: 'day' as const },
    { calendar: 'hour' as const, per: 3_600_000, burst: 1 },
  ])('does not count a rule with %j', (wrong) => {
    expect(() => stage().limits.check([{ rule: rule(wrong), key: 'a' }])).toThrow(RangeError)
  })

  it.each([{ cost: 0 }, { cost: 1.5 }, { place: { key: 'a', max: 0 } }])('does not decide over %j', (wrong) => {
    expect(() => stage().limits.check([], wrong)).toThrow(RangeError)
  })

  it('lets in as many at once as there are places, gives each back once, and keeps places of other keys apart', async () => {
    const { limits } = stage()
    const [place, other] = [
      { key: freshKey(), max: 2 },
      { key: freshKey(), max: 1 },
    ]
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => limits.check([], { place })))
    expect([one, two, three].filter((decision) => decision?.allowed)).toHaveLength(2)
    const inside = [one, two, three].find((decision) => decision?.allowed)
    inside?.place?.leave()
    inside?.place?.leave()
    expect((await limits.check([], { place })).allowed).toBe(true)
    expect((await limits.check([], { place })).allowed).toBe(false)
    expect((await limits.check([], { place: other })).allowed).toBe(true)
  })
}
