import { describe, expect, it } from 'vitest'
import { Secret } from '../core/index.ts'
import { render, renderText } from './render.ts'
import { de } from './templates/de.ts'
import { en } from './templates/en.ts'

const english = { language: 'en', wordings: en } as const
const german = { language: 'de', wordings: de } as const
const when = Date.UTC(2026, 10, 21, 9, 5)
const reset = { name: 'Ada', link: 'https://id.example.com/reset?token=abc', minutes: 30 }

describe('a mail', () => {
  it('says times, lengths and words in the language of its reader', () => {
    const data = { name: 'Jürgen', factor: 'webauthn', when, where: 'Berlin' } as const
    expect(render(german, 'factor_added', data).text).toContain(
      'Sicherheitsschlüssel\n\nWann: 21. November 2026 um 09:05 UTC',
    )
    expect(render(english, 'factor_added', data).text).toContain(
      'a security key\n\nWhen: 21 November 2026 at 09:05 UTC',
    )
    expect(render(german, 'reset_password', reset).text).toContain('gilt 30 Minuten lang')
    expect(render(german, 'reset_password', { ...reset, minutes: 1 }).text).toContain('gilt 1 Minute lang')
    expect(render(english, 'reset_password', { ...reset, minutes: 1 }).text).toContain('for 1 minute.')
  })

  it.each([
    [24, '24 hours', '24 Stunden'],
    [1.5, '1 hour 30 minutes', '1 Stunde 30 Minuten'],
    [5 / 60, '5 minutes', '5 Minuten'],
    [1 / 3, '20 minutes', '20 Minuten'],
    [1 / 100, '1 minute', '1 Minute'],
  ])('says a length of %d hours as people do', (hours, englishly, germanly) => {
    const data = { name: 'Ada', link: 'https://id.example.com/v', hours }
    expect(render(english, 'verify_email', data).text).toContain(`for ${englishly}.`)
    expect(render(german, 'verify_email', data).text).toContain(`gilt ${germanly} lang.`)
  })

  it('says so when there is nothing to say', () => {
    const data = { key: 'x', keyId: 'key_1', requester: 'usr_1', reason: null, approval: 'apr_1', lapses: 'tomorrow' }
    expect(render(english, 'approval_wanted', data).text).toContain('Reason: none\n')
    expect(render(german, 'approval_wanted', data).text).toContain('Grund: keiner\n')
  })

  it('takes links and codes that are kept from printing', () => {
    const { text } = render(english, 'reset_password', { ...reset, link: new Secret(reset.link) })
    expect(text.split('\n')).toContain(reset.link)
  })

  it('makes no link of what a stranger chose as a name', () => {
    const name = 'Win money at https://evil.example/x or www.evil.example or a@evil.example now'
    const { text } = render(english, 'verify_email', { name, link: 'https://id.example.com/v', hours: 24 })
    expect(text.replace('https://id.example.com/v', '')).not.toMatch(/\p{L}\.\p{L}|:\/\/|@/u)
    const plain = render(english, 'verify_email', {
      name: 'J.R.R. Tolkien',
      link: 'https://id.example.com/v',
      hours: 24,
    })
    expect(plain.text).toContain('Hello J. R. R. Tolkien,')
    const device = 'Firefox 128.0 on Windows'
    expect(render(english, 'new_device', { name: 'Ada', device, when, where: 'Berlin' }).text).toContain(device)
    expect(render(english, 'account_disabled', { name: 'ada@example.com' }).text).toContain('Hello ada@example.com,')
  })

  it('takes a link of a thousand characters whole', () => {
    const link = `https://id.example.com/${'x'.repeat(977)}`
    expect(render(english, 'reset_password', { ...reset, link }).text).toContain(`\n${link}\n`)
  })

  it.each([
    ['a longer link', { ...reset, link: `https://id.example.com/${'x'.repeat(978)}` }],
    ['a link of two lines', { ...reset, link: 'https://id.example.com/\nhttps://evil.example' }],
    ['a link with a space', { ...reset, link: 'https://id.example.com/ x' }],
    ['a link to a program', { ...reset, link: 'javascript:alert(1)' }],
    ['less than no time', { ...reset, minutes: -1 }],
    ['a number that is none', { ...reset, minutes: Number.NaN }],
    ['a text for a number', { ...reset, minutes: '30' as unknown as number }],
    ['a value too few', { name: 'Ada', link: reset.link } as typeof reset],
    ['a value too many', { ...reset, more: 'x' }],
  ])('is not written with %s', (_what, values) => {
    expect(() => render(english, 'reset_password', values)).toThrow()
  })

  it('is not written with a word that there is not', () => {
    const data = { name: 'Ada', factor: 'constructor' as 'totp', when, where: 'Berlin' }
    expect(() => render(english, 'factor_added', data)).toThrow('"factor" is not what a message takes there')
  })
})

describe('a text message', () => {
  it('begins with its code and fits in one', () => {
    const data = { code: new Secret('123456'), minutes: 5 }
    expect(renderText(english, 'sign_in_code', data)).toMatch(
      /^123456 is your code to sign in\. It works for 5 minutes/,
    )
    expect(renderText(german, 'sign_in_code', data)).toMatch(
      /^123456 ist Ihr Code zum Anmelden\. Er gilt 5 Minuten lang/,
    )
    expect(renderText(english, 'sign_in_code', data).length).toBeLessThan(160)
    expect(renderText(german, 'sign_in_code', data).length).toBeLessThan(160)
  })

  it.each(['12 34', '', '1', '123456\n', '<b>1234</b>'])('is not written with the code %j', (code) => {
    expect(() => renderText(english, 'sign_in_code', { code, minutes: 5 })).toThrow()
  })
})
