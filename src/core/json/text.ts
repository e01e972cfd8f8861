/**
 * A JSON text (RFC 8259), read once and in place: where each value and each name begins and ends. Nothing is decoded, so
 * what is passed on stays byte for byte what it was.
 *
 * Places are counted through: a value, then what is in it. A member is its name and then its value.
 */
export type JsonText = {
  readonly bytes: Buffer
  /** For each place: where it begins, where it ends, and of a value the place behind it and all that is in it. */
  readonly places: Int32Array
  /** Without `\\` anywhere, so that a name is what its bytes are. Most JSON is. */
  readonly plain: boolean
}

// Numbers that are imported are looked up at every comparison, which takes a fifth of the time of all reading. So each file
// that has a loop over bytes or places has its own.
const WIDTH = 3
const BACKSLASH = 0x5c

export const QUOTE = 0x22
export const OPEN_LIST = 0x5b
export const OPEN_OBJECT = 0x7b

/** Where a place begins. */
export function beginOf({ places }: JsonText, place: number): number {
  return places[place * WIDTH] as number
}

/** Where a place ends. */
export function endOf({ places }: JsonText, place: number): number {
  return places[place * WIDTH + 1] as number
}

/** The place behind a value and all that is in it. */
export function behind({ places }: JsonText, place: number): number {
  return places[place * WIDTH + 2] as number
}

/** What a value begins with, which says of what kind it is. */
export function kindOf(text: JsonText, place: number): number {
  return text.bytes[beginOf(text, place)] as number
}

/** What a string or a name says, escapes resolved. Half of a surrogate pair is U+FFFD. */
export function said(text: JsonText, place: number): string {
  const raw = text.bytes.toString('utf8', beginOf(text, place) + 1, endOf(text, place) - 1)
  return text.plain || !raw.includes('\\') ? raw : (JSON.parse(`"${raw}"`) as string).toWellFormed()
}

/** Whether a string or a name says this. */
export function says(text: JsonText, place: number, wanted: Buffer): boolean {
  const { bytes, plain } = text
  const from = beginOf(text, place) + 1
  const to = endOf(text, place) - 1
  if (!plain && isEscaped(text, place)) return said(text, place) === wanted.toString()
  return to - from === wanted.length && stands(bytes, from, wanted)
}

/** Whether a string or a name has escapes. */
export function isEscaped({ bytes, places }: JsonText, place: number): boolean {
  const end = places[place * WIDTH + 1] as number
  for (let i = places[place * WIDTH] as number; i < end; i++) if (bytes[i] === BACKSLASH) return true
  return false
}

/** Whether a word stands at a position. */
export function stands(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}
