import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addTop, countIn, createTop, ranking, recordOfTop, type Top, topOf } from './top.ts'

const PLACES = 4
const words = fc.array(fc.constantFrom(...'abcdefghij'), { maxLength: 200 })

function counted(names: readonly string[], places = PLACES): Top {
  const top = createTop(places)
  for (const name of names) countIn(top, name)
  return top
}

function truth(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function holds(top: Top, names: readonly string[]): void {
  const counts = truth(names)
  expect(top.names.size).toBeLessThanOrEqual(top.places)
  for (const { name, requests, margin } of ranking(top, 1000)) {
    expect(counts.get(name) ?? 0).toBeGreaterThanOrEqual(requests)
    expect(counts.get(name) ?? 0).toBeLessThanOrEqual(requests + margin)
  }
  for (const [name, count] of counts) if (!top.names.has(name)) expect(count).toBeLessThanOrEqual(top.floor)
}

describe('the most frequent names', () => {
  it('are counted exactly as long as there is a place for each', () => {
    const top = counted(['a', 'b', 'a', 'c', 'a', 'b'])
    expect(ranking(top, 2)).toEqual([
      { name: 'a', requests: 3, margin: 0 },
      { name: 'b', requests: 2, margin: 0 },
    ])
  })

  it('keep what they promise of every count when there are more names than places', () => {
    fc.assert(fc.property(words, (names) => holds(counted(names), names)))
  })

  it('keep it when several are kept and added', () => {
    fc.assert(
      fc.property(fc.array(words, { maxLength: 5 }), (parts) => {
        const sum = createTop(PLACES)
        for (const part of parts) addTop(sum, topOf(recordOfTop(counted(part)), PLACES))
        holds(sum, parts.flat())
      }),
    )
  })

  it('hold a frequent name against a flood of names that come once', () => {
    const top = createTop(PLACES)
    for (let i = 0; i < 3000; i++) {
      countIn(top, 'steady')
      countIn(top, `once-${i}`)
    }
    expect(top.names.size).toBe(PLACES)
    expect(ranking(top, 1)).toEqual([{ name: 'steady', requests: 3000, margin: 0 }])
  })
})
