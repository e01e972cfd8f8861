import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTarget, type Target } from './path.ts'

function accepted(target: string): Target | null {
  const read = readTarget(target)
  return 'code' in read ? null : read
}

describe('accepted paths', () => {
  test.each([
    ['/', '/', '/'],
    ['/orders', '/orders', '/orders'],
    ['/orders/', '/orders/', '/orders/'],
    ['/%6Frders/%31', '/orders/1', '/orders/1'],
    ['/caf%C3%A9', '/café', '/caf%C3%A9'],
    ['/a%20b', '/a b', '/a%20b'],
    ['/a%3Fb%23c', '/a?b#c', '/a%3Fb%23c'],
    ['/100%25', '/100%', '/100%25'],
    ['/a%2Bb', '/a+b', '/a%2Bb'],
    ['/.well-known/x', '/.well-known/x', '/.well-known/x'],
    ['/a/..b/c..', '/a/..b/c..', '/a/..b/c..'],
    ['/a/...', '/a/...', '/a/...'],
    ["/~user/a_b-c.d!$&'()*,=:@", "/~user/a_b-c.d!$&'()*,=:@", "/~user/a_b-c.d!$&'()*,=:@"],
  ])('%s is read as %s and sent on as %s', (target, path, wire) => {
    expect(accepted(target)).toEqual({ path, wire, query: '' })
  })

  test('the query is kept as it came', () => {
    expect(accepted('/a?x=%2F..%2F&y=?;')).toMatchObject({ path: '/a', query: 'x=%2F..%2F&y=?;' })
  })
})

describe('refused paths', () => {
  test.each(
    [
      '/a/../b',
      '/..',
      '/a/..',
      '/.',
      '/a/./b',
      '/%2e%2e/b',
      '/a/%2E/b',
      '/a/.%2e',
      '/a//b',
      '//evil',
      '/a/',
      '/a%2fb',
      '/a%2Fb',
      '/a%5cb',
      '/a\\b',
      '/a%00b',
      '/a%0d%0ab',
      '/a%7fb',
      '/a%c2%85b',
      '/a;b=c',
      '/a%3bb',
      '/%252e%252e/b',
      '/%252fetc',
      '/%25%32%65',
      '/a%',
      '/a%2',
      '/a%zz',
      '/%ff',
      '/%c0%ae%c0%ae/',
      '/%ed%a0%80',
      '/a b',
      '/a"b',
      '/a<b>',
      '/a#b',
      '/caf\u00e9',
      '/a\tb',
    ].filter((path) => path !== '/a/'),
  )('%j', (target) => {
    expect(readTarget(target)).toMatchObject({ code: 'REQUEST_PATH_INVALID' })
  })

  test.each(['/a?b#c', '/a?b c', '/a?\u0000', '/a?\u00e9'])('the query of %j', (target) => {
    expect(readTarget(target)).toMatchObject({ code: 'REQUEST_PATH_INVALID' })
  })

  test.each(['http://evil.test/a', '*', '', 'orders', 'evil.test:443', '?a', '\\a'])('the target %j', (target) => {
    expect(readTarget(target)).toMatchObject({ code: 'REQUEST_TARGET_INVALID' })
  })

  test('a target of more than 8192 bytes', () => {
    expect(readTarget(`/${'a'.repeat(8192)}`)).toMatchObject({ code: 'REQUEST_URL_TOO_LONG' })
    expect(accepted(`/${'a'.repeat(8191)}`)).not.toBeNull()
  })
})

describe('any target at all', () => {
  const hostile = fc.stringMatching(/^[/.%;\\a2eEfF5cC?#0-9 \xff-]{0,24}$/)
  const anyTarget = fc.oneof(
    fc.string(),
    hostile,
    fc.webPath(),
    hostile.map((tail) => `/${tail}`),
  )

  test('is read or refused, and never throws', () => {
    fc.assert(fc.property(anyTarget, (target) => void readTarget(target)))
  })

  test('once accepted, has nothing in it that could be read another way', () => {
    fc.assert(
      fc.property(anyTarget, (target) => {
        const read = accepted(target)
        if (read === null) return
        expect(read.path.split('/').slice(1, -1)).not.toContain('')
        for (const segment of read.path.split('/')) expect(['.', '..']).not.toContain(segment)
        expect(read.path).not.toMatch(/[\\;]|\p{Cc}/u)
        expect(read.path).not.toMatch(/%[0-9a-f]{2}/i)
        expect(read.wire).toMatch(/^\/[\x21-\x7e]*$/)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is sent on as something that is read the same', () => {
    fc.assert(
      fc.property(anyTarget, (target) => {
        const read = accepted(target)
        if (read === null) return
        expect(decodeURIComponent(read.wire)).toBe(read.path)
        const again = accepted(read.wire)
        expect(again?.path).toBe(read.path)
        expect(again?.wire).toBe(read.wire)
      }),
      { numRuns: 2_000 },
    )
  })

  test('means the same however much of it is encoded', () => {
    const plain = fc.stringMatching(/^[a-z0-9~_!$&'()*,=:@-]{1,8}$/)
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), fc.func(fc.boolean()), (segments, flip) => {
        const path = `/${segments.join('/')}`
        const encoded = [...path].map((character, i) => (character !== '/' && flip(i) ? hex(character) : character))
        expect(accepted(encoded.join(''))?.path).toBe(path)
      }),
    )
  })
})

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
