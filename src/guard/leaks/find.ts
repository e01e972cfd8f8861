/** What must not leave. */
export type LeakKind = 'card' | 'ssn' | 'privateKey' | 'cloudKey' | 'ownKey'

/** A place in a text that holds something, and what stands there instead where it is masked. */
export type Leak = { readonly kind: LeakKind; readonly start: number; readonly end: number; readonly mask: string }

/** Looks through a text, one character for one byte. Takes time in proportion to its length, whatever is in it. */
export type Finder = (text: string) => readonly Leak[]

/** More than these are not counted: an answer of nothing else is no answer. */
export const MOST_LEAKS = 1000
export const REMOVED = '[removed]'

export const isDigit = (code: number) => code >= 48 && code <= 57
export const isWord = (code: number) =>
  isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 122) || code === 95 || code === 45

/** The end of a run of letters, digits, `_` and `-`. */
export function wordEnd(text: string, start: number, most: number): number {
  let end = start
  while (end - start < most && end < text.length && isWord(text.charCodeAt(end))) end++
  return end
}

/** Every place where a word begins with one of these. */
export function* wordsWith(text: string, prefix: string): Generator<number> {
  for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + prefix.length)) {
    if (at === 0 || !isWord(text.charCodeAt(at - 1))) yield at
  }
}
