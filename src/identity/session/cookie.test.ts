import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCookie } from './cookie.ts'

describe('a cookie', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['sid=1', '1'],
    ['a=2; sid=1', '1'],
    ['a=2;sid=1;b=3', '1'],
    ['a=2;\tsid=1 ; b=3', '1'],
    ['xsid=1', null],
    ['sidx=1', null],
    ['a=sid=1', null],
    ['a="; sid=1"', '1"'],
    ['sid', null],
    ['sid=', ''],
    ['SID=1', null],
    ['sid=1; sid=1', 'ambiguous'],
    ['sid=1; sid=2', 'ambiguous'],
    ['sid=1; xsid=2; a=sid=3', '1'],
  ])('in %j is %j', (header, value) => {
    expect(readCookie(header, 'sid')).toBe(value)
  })

  it('is found wherever it stands among others', () => {
    const name = fc.stringMatching(/^[a-z]{1,6}$/).filter((it) => it !== 'sid')
    const pair = fc.tuple(name, fc.stringMatching(/^[A-Za-z0-9=]{0,8}$/)).map(([key, value]) => `${key}=${value}`)
    fc.assert(
      fc.property(fc.array(pair), fc.array(pair), (before, after) => {
        expect(readCookie([...before, 'sid=v', ...after].join('; '), 'sid')).toBe('v')
        expect(readCookie([...before, ...after].join('; '), 'sid')).toBeNull()
      }),
    )
  })
})
