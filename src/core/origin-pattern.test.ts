import { describe, expect, test } from 'vitest'
import { originPatternFault, originTest } from './index.ts'

describe('an entry of a list of origins', () => {
  test.each([
    'https://app.example.com',
    'https://app.example.com:8443',
    'http://localhost:3000',
    'http://[::1]:3000',
    'https://xn--bcher-kva.example',
    'https://*.example.com',
    'https://*.example.com:8443',
    'https://localhost',
  ])('may be %s', (text) => expect(originPatternFault(text)).toBe(null))

  test.each([
    '',
    '*',
    'null',
    'example.com',
    '//example.com',
    'ftp://example.com',
    'https://',
    'https://*',
    'https://*.com',
    'https://*.*.example.com',
    'https://*.example.com.',
    'https://*.127.0.0.1',
    'https://*.[::1]',
    'https://example.com?',
    'https://example.com#',
    'https:\\\\example.com',
    'https://example.com\t',
    ' https://example.com',
    'https://1.2.3',
    'https://EXAMPLE.com',
    'https://example.com:0443',
  ])('may not be %j', (text) => expect(originPatternFault(text)).not.toBe(null))
})

test('a star is one whole label, and what stands around it stays', () => {
  const allows = originTest(['https://a.example', 'https://*.b.example:1'])
  const asked = ['https://a.example', 'https://x.b.example:1', 'https://x-1.b.example:1']
  expect(asked.filter((it) => !allows(it))).toEqual([])
  const others = ['https://b.example:1', 'https://.b.example:1', 'https://x.y.b.example:1', 'https://x.b.example', '']
  const tricks = ['https://x_.b.example:1', `https://${'x'.repeat(64)}.b.example:1`, 'https://x@.b.example:1']
  expect([...others, ...tricks].filter(allows)).toEqual([])
})
