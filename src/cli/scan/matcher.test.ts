import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createId } from '../../core/index.ts'
import { createKeyFinder } from '../../keys/index.ts'
import { mint } from '../../keys/testing.ts'
import { createMatcher } from './matcher.ts'

const finder = createKeyFinder('sp')
const keyOf = (environment: 'live' | 'test' = 'live') =>
  mint('prefixed', { brand: 'sp', environment, id: createId('key', 0).slice('key_'.length) }).text.reveal()

function look(pieces: readonly Buffer[]) {
  const matcher = createMatcher(finder)
  return [...pieces.flatMap((piece) => matcher.feed(piece)), ...matcher.end()]
}

describe('looking for keys in bytes', () => {
  it('finds each key with its line and column, however the bytes come in pieces', () => {
    const [one, two] = [keyOf(), keyOf('test')]
    const text = Buffer.from(`über ${one}\n\u0000\u0001${'x'.repeat(300)}\n\\n${two}${one}`)
    const expected = [
      { text: one, line: 1, column: 6 },
      { text: two, line: 3, column: 3 },
      { text: one, line: 3, column: 3 + two.length },
    ]
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length]
        const pieces = places.slice(1).map((end, i) => text.subarray(places[i], end))
        expect(look(pieces).map(({ key, line, column }) => ({ text: key.text, line, column }))).toEqual(expected)
      }),
    )
  })

  it('takes no text with a wrong checksum, a wrong length or another brand for a key', () => {
    const key = keyOf()
    const other = key.endsWith('0') ? '1' : '0'
    const alike = [
      `${key.slice(0, -1)}${other}`,
      key.slice(0, -1),
      `${key.slice(0, 40)}-${key.slice(41)}`,
      key.replace('sp_', 'sq_'),
      key.replace('_live_', '_test_'),
      key.toUpperCase(),
    ]
    for (const text of alike) expect(look([Buffer.from(` ${text} `)])).toEqual([])
  })

  it.each(['utf-16le', 'utf-16be'])('reads %s by its byte order mark', (encoding) => {
    const bytes = Buffer.from(`\ufeffa\nb ${keyOf()}`, 'utf16le')
    const text = encoding === 'utf-16le' ? bytes : bytes.swap16()
    expect(look([text.subarray(0, 51), text.subarray(51)])).toMatchObject([{ line: 2, column: 3 }])
  })
})
