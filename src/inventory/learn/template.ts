/** What stands for a part of a path that names one thing of many. */
export const ONE = '{id}'
/** What stands for the rest of a path that is too long. */
export const REST = '**'

/** Parts of a path that are looked at, and characters of one. */
export const MOST_PARTS = 12
export const LONGEST_PART = 64
const LONGEST_WORD = 40

/**
 * Whether a part of a path names one thing of many: a number, a date, a UUID, hexadecimal, or something long and opaque.
 *
 * @example namesOne('42') // true
 * @example namesOne('v2') // false
 */
export function namesOne(part: string): boolean {
  const { length } = part
  if (length > LONGEST_WORD) return true
  let digits = 0
  let hexadecimal = 0
  for (let i = 0; i < length; i++) {
    const code = part.charCodeAt(i)
    if (code >= 48 && code <= 57) digits++
    else if (isHexadecimalLetter(code)) hexadecimal++
    else if (!isPlain(code)) return true
  }
  if (digits === 0) return false
  if (digits === length) return true
  if (digits + hexadecimal === length && length >= 8) return true
  return length >= 16 || (digits >= 6 && digits * 2 >= length)
}

function isHexadecimalLetter(code: number): boolean {
  return (code >= 97 && code <= 102) || (code >= 65 && code <= 70)
}

// Letters, `-`, `.`, `_` and `~`: all else is in no path that somebody designed.
function isPlain(code: number): boolean {
  const lower = code | 32
  return (lower >= 97 && lower <= 122) || code === 45 || code === 46 || code === 95 || code === 126
}

/** The parts of a path, with what names one thing of many replaced. Of a long one only the beginning. */
function partsOf(path: string): string[] {
  const parts = path.slice(1).split('/')
  const whole = parts.length <= MOST_PARTS
  if (!whole) parts.length = MOST_PARTS
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    if (part.length > LONGEST_PART || namesOne(part)) parts[i] = ONE
  }
  if (!whole) parts.push(REST)
  return parts
}

/** The template of a path by its form alone. */
export function plainTemplate(path: string): string {
  return `/${partsOf(path).join('/')}`
}
