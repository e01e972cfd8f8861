/** The languages that pages are written in. */
export const PAGE_LANGUAGES = ['en', 'de'] as const
export type Language = (typeof PAGE_LANGUAGES)[number]

const MOST_TAGS = 20

/**
 * The language of a page: what the client asks for (`ui_locales`, OpenID Connect Core, section 3.1.2.1), else what the
 * browser prefers (RFC 9110, section 12.5.4), else English.
 */
export function languageOf(uiLocales: unknown, acceptLanguage: string | undefined): Language {
  const wished = typeof uiLocales === 'string' ? uiLocales.split(' ') : []
  return firstKnown(wished) ?? firstKnown(preferred(acceptLanguage ?? '')) ?? 'en'
}

function firstKnown(tags: readonly string[]): Language | undefined {
  for (const tag of tags.slice(0, MOST_TAGS)) {
    const primary = tag.split('-', 1)[0]?.toLowerCase()
    const known = PAGE_LANGUAGES.find((language) => language === primary)
    if (known !== undefined) return known
  }
  return undefined
}

function preferred(header: string): string[] {
  return header
    .slice(0, 512)
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part.split(';').map((piece) => piece.trim())
      const weight = quality === undefined ? 1 : Number(/^q=(\d(?:\.\d{1,3})?)$/.exec(quality)?.[1] ?? 0)
      return { tag, weight }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}
