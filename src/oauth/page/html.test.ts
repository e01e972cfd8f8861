import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fill, html, render } from './html.ts'
import { languageOf } from './language.ts'
import { ownAddress } from './return-to.ts'
import { de, deProblems } from './words/de.ts'
import { en, enProblems } from './words/en.ts'

const hostile = fc.array(fc.constantFrom('<', '>', '"', "'", '&', '`', '=', 'script', '{client}', '-->', 'x'), {
  maxLength: 12,
})
const texts = fc.oneof(
  fc.string(),
  hostile.map((parts) => parts.join('')),
)

/** What a browser reads in a text or an attribute. */
const read = (escaped: string) =>
  escaped.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => {
    const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
    return characters[name] ?? ''
  })

describe('a template of HTML', () => {
  it('takes what is put in as text, whatever it is', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const [, inside = '', attribute = ''] =
          /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(render(html`<p title="${one}">${other}</p>`)) ?? []
        expect([read(inside), read(attribute)]).toEqual([one, other])
      }),
    )
  })

  it('keeps pieces, joins lists, and leaves out what is not there', () => {
    const items = ['<a>', 'b'].map((name) => html`<li>${name}</li>`)
    expect(render(html`<ul>${items}${null}${false}${3}</ul>`)).toBe('<ul><li>&lt;a&gt;</li><li>b</li>3</ul>')
  })

  it('fills sentences in without reading what is put in as one', () => {
    fc.assert(
      fc.property(texts, (name) => {
        expect(read(render(fill('{client} asks {client}', { client: name })))).toBe(`${name} asks ${name}`)
      }),
    )
  })
})

describe('where somebody goes on', () => {
  const issuer = 'https://id.example.com'
  const pieces = fc.constantFrom(
    '/',
    '\\',
    '//',
    '.',
    '..',
    '%2f',
    '%5c',
    '@',
    ':',
    '?',
    '#',
    '\t',
    '\n',
    'evil.example',
  )
  const addresses = fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.webUrl(),
    fc.string(),
  )

  it('is an address of ours for every browser, or nowhere', () => {
    fc.assert(
      fc.property(addresses, (given) => {
        const found = ownAddress(given, issuer)
        if (found === null) return
        expect(new URL(found, issuer).origin).toBe(issuer)
        expect(found).toMatch(/^\/(?![/\\])/)
      }),
      { numRuns: 2000 },
    )
  })

  it('is no text that is too long, and nothing that is no text', () => {
    expect(ownAddress(`/${'x'.repeat(3000)}`, issuer)).toBeNull()
    for (const given of [undefined, null, 1, {}, ['/x']]) expect(ownAddress(given, issuer)).toBeNull()
    expect(ownAddress('/account?tab=keys#top', issuer)).toBe('/account?tab=keys#top')
  })
})

describe('the language of a page', () => {
  it('is one there is, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (locales, header) => {
        expect(['en', 'de']).toContain(languageOf(locales, header))
      }),
    )
  })

  it('is what is preferred most of those there are', () => {
    expect(languageOf(undefined, 'fr, de;q=0.4, en;q=0.3')).toBe('de')
    expect(languageOf(undefined, 'en;q=0.3, DE-at;q=0.4')).toBe('de')
    expect(languageOf('de-CH', 'en')).toBe('de')
    expect(languageOf(undefined, undefined)).toBe('en')
  })
})

describe('the words of pages', () => {
  const names = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(([name]) => name).sort()

  it('are the same in both languages, with the same places to fill in', () => {
    for (const [one, other] of [
      [en, de],
      [enProblems, deProblems],
    ] as const) {
      expect(Object.keys(other).sort()).toEqual(Object.keys(one).sort())
      for (const [key, sentence] of Object.entries(one)) {
        expect(names(other[key as never]), key).toEqual(names(sentence))
      }
    }
  })
})
