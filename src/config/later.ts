/** Something that Sallyport promises and this version does not have: who writes it must not believe it works. */
export type Later = {
  /** Where: `[]` for any position in a list, `*` for any name in a map. */
  readonly at: string
  /** The keys there, or the values of a choice there. */
  readonly words: readonly string[]
  /** What exists instead. */
  readonly instead: string
}

export const LATER: readonly Later[] = [
  { at: 'gateway.routes[].rewrite', words: ['regex'], instead: 'use `path`, with parameters that have patterns' },
  {
    at: 'secretStores.*.kind',
    words: ['vault', 'openbao', 'aws-sm', 'azure-keyvault', 'google-sm', 'doppler'],
    instead: 'use `file` or `environment`, and let a tool of the platform carry the value on',
  },
  {
    at: 'gateway.tls',
    words: ['http2'],
    instead: 'clients speak HTTP/1.1; put a proxy that speaks HTTP/2 in front, and name it in `trustedProxies`',
  },
]

const SENTENCES: ReadonlyMap<string, string> = new Map(
  LATER.flatMap(({ at, words, instead }) =>
    words.map((word) => [`${at} ${word}`, `"${word}" is not available in this version; ${instead}`]),
  ),
)

/** The sentence for a word that this version does not have at this place, or undefined. */
export function laterSentence(place: string, word: string): string | undefined {
  return SENTENCES.get(`${place} ${word}`)
}
