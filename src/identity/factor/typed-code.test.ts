import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backupCodeOf, digitsOf, writeBackupCode } from './typed-code.ts'

const gap = fc.constantFrom('', ' ', '-', '\u00a0', '\u2009', '\u2013', '\u200b', '\t')
const spread = (text: string, gaps: readonly string[]) => [...text].map((sign, i) => `${gaps[i] ?? ''}${sign}`).join('')
const wide = (text: string) => text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))

describe('a code as somebody types it', () => {
  const code = fc.integer({ min: 0, max: 999_999 }).map((it) => String(it).padStart(6, '0'))

  it('is its six digits, with whatever blanks and hyphens, narrow or wide', () => {
    fc.assert(
      fc.property(code, fc.array(gap, { maxLength: 7 }), fc.boolean(), (digits, gaps, isWide) => {
        expect(digitsOf(spread(isWide ? wide(digits) : digits, gaps))).toBe(digits)
      }),
    )
  })

  it('is nothing when it is not six digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const digits = digitsOf(text)
        expect(digits === null || /^[0-9]{6}$/.test(digits)).toBe(true)
      }),
    )
    for (const text of [undefined, '', '12345', '1234567', '12345a', '٠١٢٣٤٥', '1.2345', '+12345']) {
      expect(digitsOf(text)).toBeNull()
    }
  })
})

describe('a backup code', () => {
  const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 })

  it('is read as it was written, in either case, in groups or not, and with look-alikes', () => {
    fc.assert(
      fc.property(bytes, fc.array(gap, { maxLength: 12 }), fc.boolean(), (random, gaps, upper) => {
        const written = writeBackupCode(random)
        expect(written).toMatch(/^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/)
        const typed = spread(upper ? written.toUpperCase() : written, gaps)
        expect(backupCodeOf(typed)).toBe(backupCodeOf(written))
        expect(backupCodeOf(written.replaceAll('0', 'o').replaceAll('1', 'l'))).toBe(backupCodeOf(written))
      }),
    )
  })

  it('says all its fifty bits', () => {
    const each = new Set(Array.from({ length: 256 }, (_, byte) => writeBackupCode(new Uint8Array(10).fill(byte))))
    expect(each.size).toBe(32)
  })

  it('is nothing when it is something else', () => {
    for (const text of [undefined, '', '492039', 'u2345-67890', '7f3kq-0x9apz', 'ab'])
      expect(backupCodeOf(text)).toBeNull()
  })
})
