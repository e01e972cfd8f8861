import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createId } from '../core/index.ts'
import { bitsOf, ENTROPY, keyPattern, mint, readKey } from './format.ts'
import { ENVIRONMENTS, FORMATS } from './key.ts'

const id = () => createId('key', Date.UTC(2026, 10, 21)).slice('key_'.length)
const fresh = (environment: (typeof ENVIRONMENTS)[number] = 'live', brand = 'sp') =>
  mint('prefixed', { brand, environment, id: id() }).text.reveal()

describe('a key in the default format', () => {
  it.each(ENVIRONMENTS)(
    'for %s names brand, environment and id, in characters that a double click selects',
    (environment) => {
      const lookup = id()
      const text = mint('prefixed', { brand: 'acme', environment, id: lookup }).text.reveal()
      expect(text).toMatch(/^[A-Za-z0-9_]+$/)
      expect(text.startsWith(`acme_${environment}_${lookup}`)).toBe(true)
      expect(readKey(text, 'acme')).toEqual({ is: 'prefixed', id: lookup, environment })
    },
  )

  it('carries 256 random bits when live', () => {
    const secret = fresh().slice('sp_live_'.length + 24, -6)
    expect(secret).toHaveLength(43)
    expect(ENTROPY.live.made).toBe(256)
  })

  it('with one character changed, added or left out is recognised as malformed', () => {
    const text = fresh()
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'abcXYZ019_'), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        fc.pre(changed !== text)
        expect(readKey(changed, 'sp').is).not.toBe('prefixed')
        expect(readKey(text.slice(0, at) + text.slice(at + 1), 'sp').is).not.toBe('prefixed')
        expect(readKey(text.slice(0, at) + character + text.slice(at), 'sp').is).not.toBe('prefixed')
      }),
    )
  })

  it('of another brand is not ours', () => {
    expect(readKey(fresh('live', 'acme'), 'sp').is).toBe('malformed')
  })

  it('is found in any text by the published expression, and a text that is not a key is not', () => {
    const pattern = new RegExp(keyPattern('sp'), 'g')
    const keys = ENVIRONMENTS.map((environment) => fresh(environment))
    expect(`x=${keys.join('"; y="')}`.match(pattern)).toEqual(keys)
    expect('sp_live_short sp_prod_00000000000000000000000000000000'.match(pattern)).toBeNull()
  })
})

describe('other formats', () => {
  it.each([
    ['hex', /^[0-9a-f]{64}$/],
    ['base64url', /^[A-Za-z0-9_-]{43}$/],
    ['segmented', /^([0-9a-f]{8}-){7}[0-9a-f]{8}$/],
    ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ] as const)('%s has its form, and is read as a key to look up', (format, form) => {
    const text = mint(format, { brand: 'sp', environment: 'live', id: id() }).text.reveal()
    expect(text).toMatch(form)
    expect(readKey(text, 'sp').is).toBe('other')
  })

  it('tell how many random bits they carry, so that a weak one can be refused', () => {
    expect(bitsOf('uuid', 'live')).toBe(122)
    expect(bitsOf('uuid', 'live')).toBeLessThan(ENTROPY.live.least)
    for (const format of FORMATS) expect(bitsOf(format, 'int')).toBeGreaterThanOrEqual(ENTROPY.int.least)
  })

  it('of any environment and format are read back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FORMATS), fc.constantFrom(...ENVIRONMENTS), (format, environment) => {
        const text = mint(format, { brand: 'sp', environment, id: id() }).text.reveal()
        expect(readKey(text, 'sp').is).toBe(format === 'prefixed' ? 'prefixed' : 'other')
      }),
    )
  })
})

describe('any text', () => {
  it('is read without throwing, however odd', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => void readKey(text, 'sp')))
    expect(readKey('x'.repeat(100_000), 'sp').is).toBe('malformed')
    expect(readKey('', 'sp').is).toBe('malformed')
  })
})
