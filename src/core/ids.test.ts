import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createId, isId } from './index.ts'

const now = Date.UTC(2026, 10, 21)

describe('ids', () => {
  it('say what they name and are recognised only as that', () => {
    const id = createId('key', now)
    expect(id).toMatch(/^key_[0-9a-hjkmnp-tv-z]{24}$/)
    expect(isId('key', id)).toBe(true)
    expect(isId('svc', id)).toBe(false)
    expect(isId('key', `${id}0`)).toBe(false)
    expect(isId('key', id.toUpperCase())).toBe(false)
  })

  it('made later sort later as plain text', () => {
    const moment = fc.integer({ min: 0, max: 2 ** 44 })
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        fc.pre(a < b)
        expect(createId('evt', a) < createId('evt', b)).toBe(true)
      }),
    )
  })

  it('do not repeat, across refills of the random pool too', () => {
    const ids = new Set(Array.from({ length: 5000 }, () => createId('evt', now)))
    expect(ids.size).toBe(5000)
  })
})
