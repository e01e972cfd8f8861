import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHost } from './request.ts'

describe('the host of a request', () => {
  test.each([
    ['api.test', 'api.test'],
    ['api.test:8080', 'api.test'],
    ['API.Test:443', 'api.test'],
    ['127.0.0.1:65535', '127.0.0.1'],
    ['[2001:DB8::1]:80', '[2001:db8::1]'],
    ['my_service', 'my_service'],
    ['a-b.c', 'a-b.c'],
  ])('%s is %s', (authority, host) => {
    expect(readHost(authority)).toBe(host)
  })

  test.each([
    '',
    ':80',
    'a:',
    'a:b',
    'a:65536',
    'a:123456',
    'a b',
    'a/b',
    'a@b',
    'a,b',
    '.a',
    '-a',
    '[::1',
    '::1',
    'a\tb',
    'é',
    `${'a'.repeat(256)}`,
  ])('%j is none', (authority) => {
    expect(readHost(authority)).toBeNull()
  })

  test('is lower case and bounded, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.domain(), fc.stringMatching(/^[a-z0-9.:[\]@-]{0,20}$/)), (authority) => {
        const host = readHost(authority)
        if (host === null) return
        expect(host).toBe(host.toLowerCase())
        expect(host).toMatch(/^(\[[0-9a-f:.]+\]|[a-z0-9_][a-z0-9_.-]*)$/)
      }),
    )
  })
})
