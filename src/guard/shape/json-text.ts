/**
 * The grammar of JSON (RFC 8259), read where it stands. Texts are Latin-1, one character for each byte of UTF-8: positions are
 * those of bytes, and nothing is decoded that is only looked at.
 */
export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_LIST = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

/** A text, and where in it the next of two things stands that most strings do not have. */
export type Source = { readonly text: string; nextBackslash: number; nextControl: number }

/** A text to be read from its start to its end. */
export function sourceOf(text: string): Source {
  return { text, nextBackslash: backslashFrom(text, 0), nextControl: controlFrom(text, 0) }
}

function backslashFrom(text: string, at: number): number {
  const found = text.indexOf('\\', at)
  return found === -1 ? text.length : found
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f]/g

function controlFrom(text: string, at: number): number {
  CONTROL.lastIndex = at
  return CONTROL.exec(text)?.index ?? text.length
}

/** Behind the white space that begins at `at`. */
export function behindSpace(text: string, at: number): number {
  let i = at
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) return i
    i++
  }
  return i
}

/** Behind `true`, `false` or `null`, or -1. */
export function behindWord(text: string, at: number): number {
  if (text.startsWith('true', at) || text.startsWith('null', at)) return at + 4
  return text.startsWith('false', at) ? at + 5 : -1
}

/** Behind the string whose opening quote is at `at`; -1 where it is none, -2 where an escape in it is half of a character. */
export function behindText(source: Source, at: number): number {
  const { text } = source
  const start = at + 1
  if (source.nextBackslash < start) source.nextBackslash = backslashFrom(text, start)
  const quote = text.indexOf('"', start)
  if (quote === -1) return -1
  const end = source.nextBackslash > quote ? quote + 1 : behindEscaped(text, source.nextBackslash)
  if (source.nextControl < start) source.nextControl = controlFrom(text, start)
  return end > 0 && source.nextControl < end ? -1 : end
}

function behindEscaped(text: string, first: number): number {
  for (let i = first; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return i + 1
    if (code === BACKSLASH) {
      const end = behindEscape(text, i + 1)
      if (end < 0) return end
      i = end - 1
    }
  }
  return -1
}

function behindEscape(text: string, at: number): number {
  if (at >= text.length) return -1
  if (text.charAt(at) !== 'u') return '"\\/bfnrt'.includes(text.charAt(at)) ? at + 1 : -1
  const unit = unitAt(text, at + 1)
  if (unit === -1) return -1
  if (unit < 0xd800 || unit > 0xdfff) return at + 5
  // Of a pair the second half must follow at once.
  const second = unit < 0xdc00 && text.startsWith('\\u', at + 5) ? unitAt(text, at + 7) : -1
  return second >= 0xdc00 && second <= 0xdfff ? at + 11 : -2
}

function unitAt(text: string, at: number): number {
  const digits = text.slice(at, at + 4)
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1
}

/** Longer numbers, and such with more digits in their exponent, no one means. */
const LONGEST_NUMBER = 128
const LONGEST_EXPONENT = 3

const ODD_NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?(\d+))?/y

/**
 * Behind the number that begins at `at`; -1 where it is none, -2 where it is beyond a double, or so long that reading it
 * exactly costs more than sending it.
 */
export function behindNumber(text: string, at: number): number {
  const end = behindDigits(text, at)
  const next = text.charCodeAt(end)
  const isWhole = next !== 0x2e && (next | 0x20) !== 0x65 && (end === at + 1 || text.charCodeAt(at) !== 0x30)
  if (end > at && isWhole) return end - at > LONGEST_NUMBER ? -2 : end
  return behindOddNumber(text, at)
}

function behindDigits(text: string, at: number): number {
  let i = at
  while (text.charCodeAt(i) >= 0x30 && text.charCodeAt(i) <= 0x39) i++
  return i
}

function behindOddNumber(text: string, at: number): number {
  ODD_NUMBER.lastIndex = at
  const found = ODD_NUMBER.exec(text)
  if (found === null) return -1
  const [number, exponent = ''] = found
  const isBounded = number.length <= LONGEST_NUMBER && exponent.length <= LONGEST_EXPONENT
  return isBounded && Number.isFinite(Number(number)) ? at + number.length : -2
}

/** A string's or a name's text with its escapes resolved, by where it stands between its quotes. */
export function said(text: string, start: number, end: number): string {
  const raw = Buffer.from(text.slice(start, end), 'latin1').toString()
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}
