import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { originFault, redirectFault, resourceFault, webFault } from './address-faults.ts'

const pieces = fc.constantFrom(
  ...['https:', 'http:', 'com.example.app:', 'javascript:', '//', '/', '\\', '@', ':', '?', '#', '*', '..', '.', '%2e'],
  ...['%2F', '%5c', '%00', '%25', '%', 'shop.example.com', 'localhost', '127.0.0.1', '[::1]', 'SHOP', ':443', ':80'],
  ...['callback', 'code=1', 'a=1', '&', ' ', '\n', '\t', '\u202e', 'ö', 'user', '0x7f.1'],
)
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.array(pieces, { maxLength: 6 }).map((parts) => `https://shop.example.com/${parts.join('')}`),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.string(),
)

/** What holds for every address that is taken. */
function isPlain(text: string): boolean {
  const url = new URL(text)
  const decoded = decodeURIComponent(url.pathname)
  const isWhole = url.href === text || url.href === `${text}/`
  const isClean = url.username === '' && url.password === '' && url.hash === '' && !/[#*\\\s]/.test(text)
  return isWhole && isClean && !decoded.split('/').includes('..') && decodeURIComponent(decoded) === decoded
}

describe('an address that browsers are sent to', () => {
  it.each(['web', 'native'] as const)('is what every reader makes of it, or it is refused: %s', (type) => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(redirectFault(text, type) === null)
        expect(isPlain(text)).toBe(true)
      }),
      { numRuns: 2000, maxSkipsPerRun: 1000 },
    )
  })

  it('of a web application is https and nothing else', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (redirectFault(text, 'web') === null) expect(new URL(text).protocol).toBe('https:')
      }),
      { numRuns: 2000 },
    )
  })

  it('is refused with a sentence, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        for (const fault of [redirectFault(text, 'native'), webFault(text), originFault(text), resourceFault(text)]) {
          expect(fault === null || fault.startsWith('m')).toBe(true)
        }
      }),
    )
  })
})

describe('an origin', () => {
  it('is one, with nothing after it, and compared as it stands', () => {
    fc.assert(
      fc.property(fc.webUrl(), (text) => {
        expect(originFault(text) === null).toBe(new URL(text).origin === text && text.startsWith('https://'))
      }),
    )
  })
})
