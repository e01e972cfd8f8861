import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toColumnValue } from './binding.ts'

describe('a value on its way to the database', () => {
  it('becomes one of the kinds a column holds, or is refused as a type error', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }), (value) => {
        const bound = boundOrRefused(value)
        const holds = bound === null || ['string', 'number', 'bigint'].includes(typeof bound)
        expect(holds || bound instanceof Uint8Array || bound instanceof TypeError).toBe(true)
      }),
    )
  })

  it('is unchanged when it is text, a finite number or bytes', () => {
    const kept = fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.uint8Array(),
    )
    fc.assert(
      fc.property(kept, (value) => {
        expect(toColumnValue(value)).toBe(value)
      }),
    )
  })

  it('is refused when it is an invalid date', () => {
    expect(() => toColumnValue(new Date(Number.NaN))).toThrow(TypeError)
  })
})

function boundOrRefused(value: unknown): unknown {
  try {
    return toColumnValue(value)
  } catch (error) {
    return error
  }
}
