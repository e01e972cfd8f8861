import { describe, expect, it } from 'vitest'
import { readMailAddress } from './address.ts'
import { emailKeyOf } from './person.ts'

describe('a mail address', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['  ada@example.com ', 'ada@example.com'],
    ['Ada.Lovelace+tag@EXAMPLE.com', 'Ada.Lovelace+tag@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@ＥＸＡＭＰＬＥ.com', 'ada@example.com'],
    ['ada@еxample.com', 'ada@xn--xample-2of.com'],
    ['ada@XN--bcher-kva.example', 'ada@xn--bcher-kva.example'],
  ])('%s is kept as %s', (typed, kept) => expect(readMailAddress(typed)).toBe(kept))

  it.each([
    'аda@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@exa mple.com',
    '@example.com',
    'ada@',
    'ada@bücher.example/x',
    'ada@bücher.example:25',
    'ada',
    '"ada"@example.com',
    'a@b@c.example',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a.'.repeat(200)}example`,
    '\ud800@example.com',
  ])('%j is none', (typed) => expect(readMailAddress(typed)).toBeNull())
})

describe('what two spellings have in common', () => {
  it('is the same in any letter case and script of the domain', () => {
    expect(emailKeyOf('ADA@Example.COM')).toBe(emailKeyOf('ada@example.com'))
    expect(emailKeyOf('ada@Bücher.example')).toBe(emailKeyOf('ADA@xn--bcher-kva.example'))
  })

  it('tells dots and tags apart', () => {
    expect(emailKeyOf('a.da@example.com')).not.toBe(emailKeyOf('ada@example.com'))
    expect(emailKeyOf('ada+x@example.com')).not.toBe(emailKeyOf('ada@example.com'))
  })

  it('is not found with a letter that folds to one of ours', () => {
    expect(emailKeyOf('mar\u212a@example.com')).not.toBe(emailKeyOf('mark@example.com'))
    expect(emailKeyOf('\u0131da@example.com')).not.toBe(emailKeyOf('ida@example.com'))
  })
})
