/**
 * A JSON text (RFC 8259), read once and in place: where each value and each name begins and ends. Nothing is decoded, so
 * what is passed on stays byte for byte what it was.
 *
 * Places are counted through: a value, then what is in it. A member is its name and then its value.
 */
export type JsonText = {
  readonly bytes: Buffer
  /** For each place: where it begins, where it ends, and the place behind it and all that is in it. */
  readonly places: Int32Array
  /** Without `\\` anywhere, so that a name is what its bytes are. Most JSON is. */
  readonly plain: boolean
}

const WIDTH = 3

export const QUOTE = 34
export const OPEN_LIST = 91
export const OPEN_OBJECT = 123
const COMMA = 44
const COLON = 58
const CLOSE_LIST = 93
const CLOSE_OBJECT = 125
const BACKSLASH = 92
const MINUS = 45

/** How deep a value may be nested. */
const DEEPEST = 64

/** Where a place begins. */
export function beginOf({ places }: JsonText, place: number): number {
  return places[place * WIDTH] as number
}

/** Where a place ends. */
export function endOf({ places }: JsonText, place: number): number {
  return places[place * WIDTH + 1] as number
}

/** The place behind a place and all that is in it. */
export function behind({ places }: JsonText, place: number): number {
  return places[place * WIDTH + 2] as number
}

/** What a value begins with, which says of what kind it is. */
export function kindOf(text: JsonText, place: number): number {
  return text.bytes[beginOf(text, place)] as number
}

/** What a string or a name says, escapes resolved. */
export function said(text: JsonText, place: number): string {
  const raw = text.bytes.toString('utf8', beginOf(text, place) + 1, endOf(text, place) - 1)
  return text.plain || !raw.includes('\\') ? raw : (JSON.parse(`"${raw}"`) as string).toWellFormed()
}

/** Whether a string or a name says this. */
export function says(text: JsonText, place: number, wanted: Buffer): boolean {
  const { bytes, plain } = text
  const from = beginOf(text, place) + 1
  const to = endOf(text, place) - 1
  if (!plain && bytes.subarray(from, to).includes(BACKSLASH)) return said(text, place) === wanted.toString()
  return to - from === wanted.length && stands(bytes, from, wanted)
}

type Reading = { readonly bytes: Buffer; places: Int32Array; count: number }

/**
 * Reads a body that is known to be UTF-8.
 *
 * @returns null where it is no JSON, or nested too deep
 */
export function readJson(body: Uint8Array): JsonText | null {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const reading: Reading = { bytes, places: new Int32Array((bytes.length >> 1) + WIDTH), count: 0 }
  const end = readValue(reading, behindSpace(bytes, 0), 0)
  if (end === -1 || behindSpace(bytes, end) !== bytes.length) return null
  return { bytes, places: reading.places, plain: !bytes.includes(BACKSLASH) }
}

// Every reader answers the position behind what it read, or -1.
function readValue(reading: Reading, at: number, depth: number): number {
  const { bytes } = reading
  if (at >= bytes.length) return -1
  const place = begin(reading, at)
  const code = bytes[at] as number
  let end = -1
  if (code === QUOTE) end = behindString(bytes, at)
  else if (code === OPEN_OBJECT) end = depth < DEEPEST ? readMembers(reading, at, depth) : -1
  else if (code === OPEN_LIST) end = depth < DEEPEST ? readElements(reading, at, depth) : -1
  else if (code === MINUS || isDigit(code)) end = behindNumber(bytes, at)
  else end = behindWord(bytes, at, code)
  reading.places[place * WIDTH + 1] = end
  reading.places[place * WIDTH + 2] = reading.count
  return end
}

function begin(reading: Reading, at: number): number {
  const place = reading.count++
  if (reading.count * WIDTH > reading.places.length) grow(reading)
  reading.places[place * WIDTH] = at
  return place
}

function grow(reading: Reading): void {
  const more = new Int32Array(reading.places.length * 2 + WIDTH)
  more.set(reading.places)
  reading.places = more
}

function readMembers(reading: Reading, at: number, depth: number): number {
  const { bytes } = reading
  let i = behindSpace(bytes, at + 1)
  if (codeAt(bytes, i) === CLOSE_OBJECT) return i + 1
  for (;;) {
    const name = readName(reading, i)
    if (name === -1) return -1
    const colon = behindSpace(bytes, name)
    if (codeAt(bytes, colon) !== COLON) return -1
    const end = readValue(reading, behindSpace(bytes, colon + 1), depth + 1)
    if (end === -1) return -1
    i = behindSpace(bytes, end)
    const code = codeAt(bytes, i)
    if (code === CLOSE_OBJECT) return i + 1
    if (code !== COMMA) return -1
    i = behindSpace(bytes, i + 1)
  }
}

function readName(reading: Reading, at: number): number {
  if (codeAt(reading.bytes, at) !== QUOTE) return -1
  const place = begin(reading, at)
  const end = behindString(reading.bytes, at)
  reading.places[place * WIDTH + 1] = end
  reading.places[place * WIDTH + 2] = place + 1
  return end
}

function readElements(reading: Reading, at: number, depth: number): number {
  const { bytes } = reading
  let i = behindSpace(bytes, at + 1)
  if (codeAt(bytes, i) === CLOSE_LIST) return i + 1
  for (;;) {
    const end = readValue(reading, i, depth + 1)
    if (end === -1) return -1
    i = behindSpace(bytes, end)
    const code = codeAt(bytes, i)
    if (code === CLOSE_LIST) return i + 1
    if (code !== COMMA) return -1
    i = behindSpace(bytes, i + 1)
  }
}

// Reading behind the end of bytes would make every later reading slower.
function codeAt(bytes: Buffer, at: number): number {
  return at < bytes.length ? (bytes[at] as number) : 0
}

function behindSpace(bytes: Buffer, at: number): number {
  let i = at
  while (i < bytes.length && isSpace(bytes[i] as number)) i++
  return i
}

function isSpace(code: number): boolean {
  return code <= 32 && (code === 32 || code === 10 || code === 13 || code === 9)
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function behindString(bytes: Buffer, at: number): number {
  for (let i = at + 1; i < bytes.length; i++) {
    const code = bytes[i] as number
    if (code === QUOTE) return i + 1
    if (code < 32) return -1
    if (code === BACKSLASH) {
      i = behindEscape(bytes, i + 1) - 1
      if (i < 0) return -1
    }
  }
  return -1
}

function behindEscape(bytes: Buffer, at: number): number {
  const next = bytes.toString('latin1', at, at + 5)
  if (/^["\\/bfnrt]/.test(next)) return at + 1
  return /^u[0-9a-fA-F]{4}$/.test(next) ? at + 5 : -1
}

function behindNumber(bytes: Buffer, at: number): number {
  const whole = codeAt(bytes, at) === MINUS ? at + 1 : at
  let end = codeAt(bytes, whole) === 48 ? whole + 1 : behindDigits(bytes, whole)
  if (end !== -1 && codeAt(bytes, end) === 46) end = behindDigits(bytes, end + 1)
  if (end === -1 || (codeAt(bytes, end) | 32) !== 101) return end
  const sign = codeAt(bytes, end + 1)
  return behindDigits(bytes, end + (sign === 43 || sign === MINUS ? 2 : 1))
}

function behindDigits(bytes: Buffer, at: number): number {
  let i = at
  while (i < bytes.length && isDigit(bytes[i] as number)) i++
  return i > at ? i : -1
}

const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')]

function behindWord(bytes: Buffer, at: number, code: number): number {
  const word = code === 116 ? TRUE : code === 102 ? FALSE : NULL
  return at + word.length <= bytes.length && stands(bytes, at, word) ? at + word.length : -1
}

/** Whether a word stands at a position. */
export function stands(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}
