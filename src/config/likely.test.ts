import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance, likelyName } from './likely.ts'

const KNOWN = ['authenticate', 'public', 'require', 'limits', 'id', 'max', 'maxBody', 'keyFile', 'by', 'per']

test.each([
  ['authentcate', 'authenticate'],
  ['authetnicate', 'authenticate'],
  ['Public', 'public'],
  ['key_file', 'keyFile'],
  ['limit', 'limits'],
  ['mx', 'max'],
  ['ID', 'id'],
])('%s was likely meant to be %s', (written, meant) => expect(likelyName(written, KNOWN)).toBe(meant))

test.each(['', 'zebra', 'lifecycle', 'x'.repeat(10_000)])('%j resembles nothing known', (written) => {
  expect(likelyName(written, KNOWN)).toBeNull()
})

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', 'ab', 1],
  ['abc', 'acb', 1],
  ['abc', 'xbc', 1],
  ['kitten', 'sitting', 3],
])('from %j to %j it is %d edits', (a, b, edits) => expect(editDistance(a, b)).toBe(edits))

test('the way there is as long as the way back, and never longer than the longer word', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      expect(distance).toBe(editDistance(b, a))
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(distance === 0).toBe(a === b)
    }),
  )
})
