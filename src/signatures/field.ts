/** A single value of a structured field (RFC 9651, section 3.3). A date is seconds since the epoch. */
export type BareItem =
  | { readonly is: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly is: 'string' | 'token' | 'display'; readonly value: string }
  | { readonly is: 'bytes'; readonly value: Buffer }
  | { readonly is: 'boolean'; readonly value: boolean }

/** In their order; a name is there once. */
export type Parameters = ReadonlyMap<string, BareItem>
export type Item = { readonly item: BareItem; readonly parameters: Parameters }
export type InnerList = { readonly items: readonly Item[]; readonly parameters: Parameters }
export type Member = Item | InnerList
export type Dictionary = ReadonlyMap<string, Member>

export type ParseRules = {
  /** Refuses a name that comes twice. The standard lets the last one win, which two programs may do differently. */
  readonly once?: boolean
}

type Cursor = { readonly text: string; at: number; readonly once: boolean }

const STRING = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y
const TOKEN = /[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*/y
const BYTES = /:([A-Za-z0-9+/]*={0,2}):/y
const BOOLEAN = /\?([01])/y
const DECIMAL = /-?\d{1,12}\.\d{1,3}(?!\d)/y
const INTEGER = /-?\d{1,15}(?![\d.])/y
const DATE = /@(-?\d{1,15})(?![\d.])/y
const DISPLAY = /%"((?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*)"/y
const KEY = /[a-z*][a-z0-9_\-.*]*/y
const NOTHING: Parameters = new Map()

/**
 * Parses a dictionary (RFC 9651, section 4.2.2). Several lines of a field are joined with `, ` before.
 *
 * @returns null for a text that is none
 * @example parseDictionary('sig=("@method");created=1, b')
 */
export function parseDictionary(text: string, rules: ParseRules = {}): Dictionary | null {
  const cursor = cursorOf(text, rules)
  const members = new Map<string, Member>()
  if (isOver(cursor)) return members
  do {
    const key = take(cursor, KEY)
    if (key === null || (cursor.once && members.has(key))) return null
    const member = readNamed(cursor)
    if (member === null) return null
    members.set(key, member)
  } while (goesOn(cursor))
  return isOver(cursor) ? members : null
}

/** Parses a list (section 4.2.1). @returns null for a text that is none */
export function parseList(text: string, rules: ParseRules = {}): readonly Member[] | null {
  const cursor = cursorOf(text, rules)
  const members: Member[] = []
  if (isOver(cursor)) return members
  do {
    const member = readMember(cursor)
    if (member === null) return null
    members.push(member)
  } while (goesOn(cursor))
  return isOver(cursor) ? members : null
}

/** Parses an item (section 4.2.3). @returns null for a text that is none */
export function parseItem(text: string, rules: ParseRules = {}): Item | null {
  const cursor = cursorOf(text, rules)
  const item = readItem(cursor)
  return item !== null && isOver(cursor) ? item : null
}

function cursorOf(text: string, { once = false }: ParseRules): Cursor {
  const cursor = { text, at: 0, once }
  skip(cursor, ' ')
  return cursor
}

// A comma after which nothing comes is no end.
function goesOn(cursor: Cursor): boolean {
  const before = cursor.at
  skip(cursor, ' \t')
  if (cursor.text[cursor.at] !== ',') {
    cursor.at = before
    return false
  }
  cursor.at++
  skip(cursor, ' \t')
  return true
}

function isOver(cursor: Cursor): boolean {
  skip(cursor, ' ')
  return cursor.at === cursor.text.length
}

function readNamed(cursor: Cursor): Member | null {
  if (cursor.text[cursor.at] === '=') {
    cursor.at++
    return readMember(cursor)
  }
  const parameters = readParameters(cursor)
  return parameters === null ? null : { item: { is: 'boolean', value: true }, parameters }
}

function readMember(cursor: Cursor): Member | null {
  return cursor.text[cursor.at] === '(' ? readInnerList(cursor) : readItem(cursor)
}

function readInnerList(cursor: Cursor): InnerList | null {
  const items: Item[] = []
  cursor.at++
  for (;;) {
    skip(cursor, ' ')
    if (cursor.text[cursor.at] === ')') break
    const item = readItem(cursor)
    if (item === null || !' )'.includes(cursor.text[cursor.at] ?? '?')) return null
    items.push(item)
  }
  cursor.at++
  const parameters = readParameters(cursor)
  return parameters === null ? null : { items, parameters }
}

function readItem(cursor: Cursor): Item | null {
  const item = readBare(cursor)
  const parameters = item === null ? null : readParameters(cursor)
  return item === null || parameters === null ? null : { item, parameters }
}

function readParameters(cursor: Cursor): Parameters | null {
  if (cursor.text[cursor.at] !== ';') return NOTHING
  const parameters = new Map<string, BareItem>()
  while (cursor.text[cursor.at] === ';') {
    cursor.at++
    skip(cursor, ' ')
    const key = take(cursor, KEY)
    if (key === null || (cursor.once && parameters.has(key))) return null
    const value = readValue(cursor)
    if (value === null) return null
    parameters.set(key, value)
  }
  return parameters
}

function readValue(cursor: Cursor): BareItem | null {
  if (cursor.text[cursor.at] !== '=') return { is: 'boolean', value: true }
  cursor.at++
  return readBare(cursor)
}

function readBare(cursor: Cursor): BareItem | null {
  const first = cursor.text[cursor.at]
  if (first === '"') return readString(cursor)
  if (first === ':') return readBytes(cursor)
  if (first === '?') return readBoolean(cursor)
  if (first === '@') return readNumber(cursor, DATE, 'date')
  if (first === '%') return readDisplay(cursor)
  if (first === '-' || (first !== undefined && first >= '0' && first <= '9'))
    return readNumber(cursor, DECIMAL, 'decimal') ?? readNumber(cursor, INTEGER, 'integer')
  const value = take(cursor, TOKEN)
  return value === null ? null : { is: 'token', value }
}

function readString(cursor: Cursor): BareItem | null {
  const value = take(cursor, STRING)
  return value === null ? null : { is: 'string', value: value.replaceAll(/\\(.)/g, '$1') }
}

// Only as it would be written: two texts for the same bytes would be two signatures.
function readBytes(cursor: Cursor): BareItem | null {
  const text = take(cursor, BYTES)
  const value = text === null ? null : Buffer.from(text, 'base64')
  return value === null || value.toString('base64') !== text ? null : { is: 'bytes', value }
}

function readBoolean(cursor: Cursor): BareItem | null {
  const value = take(cursor, BOOLEAN)
  return value === null ? null : { is: 'boolean', value: value === '1' }
}

function readNumber(cursor: Cursor, form: RegExp, is: 'integer' | 'decimal' | 'date'): BareItem | null {
  const text = take(cursor, form)
  // Zero has no sign when it is written again.
  return text === null ? null : { is, value: Number(text) + 0 }
}

function readDisplay(cursor: Cursor): BareItem | null {
  const text = take(cursor, DISPLAY)
  if (text === null) return null
  try {
    return { is: 'display', value: decodeURIComponent(text) }
  } catch {
    return null
  }
}

/** What stands here in this form: its first group, or all of it. */
function take(cursor: Cursor, form: RegExp): string | null {
  form.lastIndex = cursor.at
  const found = form.exec(cursor.text)
  if (found === null) return null
  cursor.at = form.lastIndex
  return found[1] ?? found[0]
}

function skip(cursor: Cursor, characters: string): void {
  while (cursor.at < cursor.text.length && characters.includes(cursor.text[cursor.at] as string)) cursor.at++
}
