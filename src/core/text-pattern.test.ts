import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isWithin, readPattern, type TextPattern } from './text-pattern.ts'

function read(source: string): TextPattern {
  const pattern = readPattern(source)
  if (typeof pattern === 'string') throw new Error(pattern)
  return pattern
}

describe('a pattern matches', () => {
  test.each([
    ['[0-9]+', ['0', '42'], ['', 'a', '4a', ' 4']],
    ['v\\d{1,2}', ['v1', 'v12'], ['v', 'v123', 'V1']],
    ['(eu|us)-\\w+', ['eu-a', 'us-b_2'], ['fr-a', 'eu-', 'eu']],
    ['[^a-z]', ['A', 'é', '😀', '-'], ['a', '']],
    ['a.c?', ['ab', 'abc', 'a😀', 'a😀c'], ['a', 'abcd']],
    ['[a\\-\\]-]+', ['a-]'], ['b']],
    ['a{2,}|b{3}', ['aa', 'aaaa', 'bbb'], ['a', 'bb', 'bbbb']],
    ['(a*)*b', ['b', 'aab'], ['a']],
    ['x{0,2}', ['', 'x', 'xx'], ['xxx']],
  ])('%s', (source, taken, refused) => {
    const { matches } = read(source)
    expect(taken.filter((text) => !matches(text))).toEqual([])
    expect(refused.filter((text) => matches(text))).toEqual([])
  })

  test('what the language’s own regular expressions match', () => {
    const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', '\\d', '(a|b)', '(ab|c)')
    const piece = fc.tuple(atom, fc.constantFrom('', '?', '*', '+', '{2}', '{1,3}')).map(([one, times]) => one + times)
    const source = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '1', 'é'), { maxLength: 8 }).map((all) => all.join(''))
    fc.assert(
      fc.property(source, text, (pattern, subject) => {
        expect(read(pattern).matches(subject)).toBe(new RegExp(`^(?:${pattern})$`, 'u').test(subject))
      }),
    )
  })
})

describe('a pattern is refused', () => {
  test.each([
    ['', 'must have 1 to 256 characters'],
    ['a'.repeat(257), 'must have 1 to 256 characters'],
    ['(a', 'has a "(" that is not closed'],
    ['a)', 'has a ")" that closes nothing'],
    ['[a', 'ends too early'],
    ['[]', 'has an empty "[]"'],
    ['[z-a]', 'has the range "z-a", which is none'],
    ['a**', 'repeats a repetition'],
    ['*a', 'has "*" where there is nothing to repeat'],
    ['a{x}', 'has a "{" that is neither {n}, {n,} nor {n,m}; write \\{ for the character'],
    ['a{3,2}', 'must repeat something 0 to 256 times, the smaller number first'],
    ['^a$', 'always matches the whole: leave "^" out'],
    ['(?=a)', 'has "(?", which is not among the words of these patterns'],
    ['\\1', 'has "\\1"; there are \\d, \\w and escaped marks'],
    ['é', 'must be plain ASCII; "." matches any other character'],
    ['('.repeat(20) + ')'.repeat(20), 'has too many brackets within brackets'],
    ['((a{99}){99}){99}', 'is too large: it repeats too much within what it repeats'],
    ['(a|b)*a(a|b){12}', 'is too large: it repeats too much within what it repeats'],
  ])('%s: %s', (source, why) => {
    expect(readPattern(source)).toBe(why)
  })
})

test('of two patterns it is known whether one is within the other', () => {
  const within = (a: string, b: string) => isWithin(read(a), read(b))
  expect([within('[0-9]+', '\\w+'), within('\\w+', '[0-9]+')]).toEqual([true, false])
  expect([within('\\d+', '[0-9]+'), within('[0-9]+', '\\d+')]).toEqual([true, true])
  expect([within('[a-m]+', '[g-z]+'), within('[g-z]+', '[a-m]+')]).toEqual([false, false])
})
