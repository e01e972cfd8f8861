import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ACCURACY,
  addDuration,
  addDurations,
  type Durations,
  durationsOf,
  percentiles,
  recordOfDurations,
} from './sketch.ts'

const SHARES = [0, 0.5, 0.95, 0.99, 1]
const times = fc.array(fc.double({ min: 0.001, max: 86_400_000, noNaN: true }), { minLength: 1, maxLength: 500 })

function counted(values: readonly number[]): Durations {
  const durations: Durations = new Map()
  for (const ms of values) addDuration(durations, ms)
  return durations
}

/** The value at a share of the sorted ones, by the nearest rank. */
function exactly(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number
}

describe('percentiles of durations', () => {
  it('do not leave out the slowest of a few', () => {
    const [median, most] = percentiles(counted([9, 9, 30]), [0.5, 0.99])
    expect(median).toBeCloseTo(9, 0)
    expect(most).toBeCloseTo(30, 0)
  })

  it('are within one percent of the exact ones, whatever the durations', () => {
    fc.assert(
      fc.property(times, (values) => {
        const found = percentiles(counted(values), SHARES)
        for (const [i, share] of SHARES.entries()) {
          const exact = exactly(values, share)
          expect(Math.abs((found[i] as number) - exact)).toBeLessThanOrEqual(exact * ACCURACY * 1.000001)
        }
      }),
    )
  })

  it('are the same whether all were counted in one place or in several that were kept and added', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), (parts) => {
        const sum: Durations = new Map()
        for (const part of parts) addDurations(sum, durationsOf(recordOfDurations(counted(part))))
        expect(new Map([...sum].sort())).toEqual(new Map([...counted(parts.flat())].sort()))
      }),
    )
  })

  it('are nothing for requests that took none, and unknown without any', () => {
    expect(percentiles(counted([0, 0, 0]), [0.5, 0.99])).toEqual([0, 0])
    expect(percentiles(counted([]), [0.5])).toEqual([null])
  })

  it('take bounded space, however many and however strange', () => {
    const durations: Durations = new Map()
    for (let i = 0; i < 200_000; i++) addDuration(durations, 10 ** (Math.random() * 20 - 8))
    expect(durations.size).toBeLessThan(1300)
    expect(JSON.stringify(recordOfDurations(durations)).length).toBeLessThan(10_000)
  })
})
