/**
 * The grammar of JSON (RFC 8259), read where it stands. The text is Latin-1: one character for each byte of UTF-8, so that
 * positions are those of bytes and nothing is decoded that is only passed on. Every function answers the position behind
 * what it read, or -1 where the text is no JSON.
 */
export type Source = {
  readonly text: string
  /** Without `\\` and without control characters anywhere, so that a string ends at the next quote. Most JSON is. */
  readonly plain: boolean
}

/** A text to be read. */
export function sourceOf(text: string): Source {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return { text, plain: !/[\u0000-\u001f\\]/.test(text) }
}

export const QUOTE = 34
export const COMMA = 44
export const COLON = 58
export const OPEN_LIST = 91
export const CLOSE_LIST = 93
export const OPEN_OBJECT = 123
export const CLOSE_OBJECT = 125
const BACKSLASH = 92

/** How deep a value may be nested. */
export const DEEPEST = 64

/** Behind the white space that begins at `at`. */
export function behindSpace(text: string, at: number): number {
  let i = at
  for (;;) {
    const code = text.charCodeAt(i)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return i
    i++
  }
}

/** Behind the value that begins at `at`. */
export function behindValue(source: Source, at: number, depth: number): number {
  const { text } = source
  const code = text.charCodeAt(at)
  if (code === QUOTE) return behindText(source, at)
  if (code === OPEN_OBJECT) return behindMembers(source, at, depth)
  if (code === OPEN_LIST) return behindElements(source, at, depth)
  if (code === 116) return text.startsWith('true', at) ? at + 4 : -1
  if (code === 102) return text.startsWith('false', at) ? at + 5 : -1
  if (code === 110) return text.startsWith('null', at) ? at + 4 : -1
  return behindNumber(text, at)
}

/** Behind the string that begins at `at`, closing quote included. */
export function behindText({ text, plain }: Source, at: number): number {
  if (text.charCodeAt(at) !== QUOTE) return -1
  return plain ? text.indexOf('"', at + 1) + 1 || -1 : behindOddText(text, at)
}

function behindOddText(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return i + 1
    if (code < 32) return -1
    if (code === BACKSLASH) {
      i = behindEscape(text, i + 1) - 1
      if (i < 0) return -1
    }
  }
  return -1
}

function behindEscape(text: string, at: number): number {
  if ('"\\/bfnrt'.includes(text.charAt(at)) && at < text.length) return at + 1
  return text.charAt(at) === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5)) ? at + 5 : -1
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function behindNumber(text: string, at: number): number {
  const end = behindDigits(text, at)
  const next = text.charCodeAt(end)
  const isWhole = end > at && next !== 46 && (next | 32) !== 101 && (end === at + 1 || text.charCodeAt(at) !== 48)
  return isWhole ? end : behindOddNumber(text, at)
}

function behindDigits(text: string, at: number): number {
  let i = at
  while (text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i++
  return i
}

function behindOddNumber(text: string, at: number): number {
  NUMBER.lastIndex = at
  return NUMBER.test(text) ? NUMBER.lastIndex : -1
}

function behindMembers(source: Source, at: number, depth: number): number {
  const { text } = source
  if (depth >= DEEPEST) return -1
  let i = behindSpace(text, at + 1)
  if (text.charCodeAt(i) === CLOSE_OBJECT) return i + 1
  for (;;) {
    const value = valueAfter(text, behindText(source, i))
    if (value === -1) return -1
    const end = behindValue(source, value, depth + 1)
    if (end === -1) return -1
    i = behindSpace(text, end)
    if (text.charCodeAt(i) === CLOSE_OBJECT) return i + 1
    if (text.charCodeAt(i) !== COMMA) return -1
    i = behindSpace(text, i + 1)
  }
}

function behindElements(source: Source, at: number, depth: number): number {
  const { text } = source
  if (depth >= DEEPEST) return -1
  let i = behindSpace(text, at + 1)
  if (text.charCodeAt(i) === CLOSE_LIST) return i + 1
  for (;;) {
    const end = behindValue(source, i, depth + 1)
    if (end === -1) return -1
    i = behindSpace(text, end)
    if (text.charCodeAt(i) === CLOSE_LIST) return i + 1
    if (text.charCodeAt(i) !== COMMA) return -1
    i = behindSpace(text, i + 1)
  }
}

/** Where the value of a member begins whose name ended before `at`. */
export function valueAfter(text: string, at: number): number {
  if (at === -1) return -1
  const colon = behindSpace(text, at)
  return text.charCodeAt(colon) === COLON ? behindSpace(text, colon + 1) : -1
}

/** What a string says, escapes resolved, again as one character for each byte. `start` is behind its opening quote. */
export function said(text: string, start: number, end: number): string {
  const raw = text.slice(start, end)
  return raw.includes('\\') ? toBytes(JSON.parse(`"${fromBytes(raw)}"`) as string) : raw
}

/** A text as one character for each byte of its UTF-8. */
export function toBytes(text: string): string {
  if (isAscii(text)) return text
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text behind such characters. */
export function fromBytes(bytes: string): string {
  if (isAscii(bytes)) return bytes
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}
