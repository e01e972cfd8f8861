/** What a part of a token may hold at the most: nothing that is signed needs more. */
const DEEPEST = 8
const MOST_MEMBERS = 256

type JsonObject = Readonly<Record<string, unknown>>
type Frame = { readonly names: Set<string> | null }

/**
 * Reads a JSON object of a token: UTF-8 without a byte order mark, no member twice (RFC 7515, section 4: readers that
 * disagree about which one counts are how checks are passed by), and bounded in depth and members.
 *
 * @returns null for anything else
 */
export function readJsonObject(bytes: Uint8Array): JsonObject | null {
  try {
    const text = utf8.decode(bytes)
    if (!isPlain(text)) return null
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whether no object has a member twice and the bounds hold. Text that is no JSON may get any answer: the parser says. */
function isPlain(text: string): boolean {
  const frames: Frame[] = []
  let members = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === OPEN_OBJECT || character === OPEN_ARRAY) {
      if (frames.length === DEEPEST) return false
      frames.push({ names: character === OPEN_OBJECT ? new Set() : null })
    } else if (character === CLOSE_OBJECT || character === CLOSE_ARRAY) frames.pop()
    else if (character === QUOTE) {
      const end = endOfString(text, i)
      const names = frames.at(-1)?.names
      if (names && isName(text, end)) {
        members++
        if (members > MOST_MEMBERS || !addName(names, text.slice(i, end))) return false
      }
      i = end - 1
    }
  }
  return true
}

const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const QUOTE = 34
const BACKSLASH = 92
const COLON = 58

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === BACKSLASH) i++
    else if (character === QUOTE) return i + 1
  }
  return text.length
}

function isName(text: string, after: number): boolean {
  let i = after
  while (i < text.length && text.charCodeAt(i) <= 32) i++
  return text.charCodeAt(i) === COLON
}

// Compared as they are read: "\u0061lg" is "alg".
function addName(names: Set<string>, quoted: string): boolean {
  const name: string = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1)
  if (names.has(name)) return false
  names.add(name)
  return true
}
