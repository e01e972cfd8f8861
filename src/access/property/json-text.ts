/**
 * The grammar of JSON (RFC 8259), read where it stands. The text is Latin-1: one character for each byte of UTF-8, so that
 * positions are those of bytes and nothing is decoded that is only passed on. Every function answers the position behind
 * what it read, or -1 where the text is no JSON.
 */
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
export function behindValue(text: string, at: number, depth: number): number {
  const code = text.charCodeAt(at)
  if (code === QUOTE) return behindText(text, at)
  if (code === OPEN_OBJECT) return behindMembers(text, at, depth)
  if (code === OPEN_LIST) return behindElements(text, at, depth)
  if (code === 116) return text.startsWith('true', at) ? at + 4 : -1
  if (code === 102) return text.startsWith('false', at) ? at + 5 : -1
  if (code === 110) return text.startsWith('null', at) ? at + 4 : -1
  return behindNumber(text, at)
}

/** Behind the string that begins at `at`, closing quote included. */
export function behindText(text: string, at: number): number {
  if (text.charCodeAt(at) !== QUOTE) return -1
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
  NUMBER.lastIndex = at
  return NUMBER.test(text) ? NUMBER.lastIndex : -1
}

function behindMembers(text: string, at: number, depth: number): number {
  if (depth >= DEEPEST) return -1
  let i = behindSpace(text, at + 1)
  if (text.charCodeAt(i) === CLOSE_OBJECT) return i + 1
  for (;;) {
    const value = valueAfter(text, behindText(text, i))
    if (value === -1) return -1
    const end = behindValue(text, value, depth + 1)
    if (end === -1) return -1
    i = behindSpace(text, end)
    if (text.charCodeAt(i) === CLOSE_OBJECT) return i + 1
    if (text.charCodeAt(i) !== COMMA) return -1
    i = behindSpace(text, i + 1)
  }
}

function behindElements(text: string, at: number, depth: number): number {
  if (depth >= DEEPEST) return -1
  let i = behindSpace(text, at + 1)
  if (text.charCodeAt(i) === CLOSE_LIST) return i + 1
  for (;;) {
    const end = behindValue(text, i, depth + 1)
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
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text behind such characters. */
export function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
