import { stands } from './text.ts'

const QUOTE = 0x22
const MINUS = 0x2d
const BACKSLASH = 0x5c

/** What begins here is not what it should be. */
const WRONG = -1
/** It is, and two readers may take it differently. */
const ODD = -2

/** What stands at a position, 0 behind the end. Reading there would make every later reading slower. */
export function codeAt(bytes: Buffer, at: number): number {
  return at < bytes.length ? (bytes[at] as number) : 0
}

/** Behind the white space that begins at a position. Where there is none, which is mostly so, it is short enough to be inlined. */
export function behindSpace(bytes: Buffer, at: number): number {
  return at < bytes.length && (bytes[at] as number) > 0x20 ? at : behindSpaces(bytes, at)
}

function behindSpaces(bytes: Buffer, at: number): number {
  let i = at
  while (i < bytes.length && isSpace(bytes[i] as number)) i++
  return i
}

function isSpace(code: number): boolean {
  return code <= 0x20 && (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09)
}

const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')]

/** Behind `true`, `false` or `null`. */
export function behindWord(bytes: Buffer, at: number, code: number): number {
  const word = code === 0x74 ? TRUE : code === 0x66 ? FALSE : NULL
  return at + word.length <= bytes.length && stands(bytes, at, word) ? at + word.length : WRONG
}

/**
 * Behind the string whose opening quote stands at a position.
 *
 * @param alike half of a surrogate pair is odd
 */
export function behindString(bytes: Buffer, at: number, alike: boolean): number {
  for (let i = at + 1; i < bytes.length; i++) {
    const code = bytes[i] as number
    if (code === QUOTE) return i + 1
    if (code < 0x20) return WRONG
    if (code === BACKSLASH) {
      const end = behindEscape(bytes, i + 1, alike)
      if (end < 0) return end
      i = end - 1
    }
  }
  return WRONG
}

function behindEscape(bytes: Buffer, at: number, alike: boolean): number {
  if (codeAt(bytes, at) !== 0x75) return SHORT_ESCAPES.includes(codeAt(bytes, at)) ? at + 1 : WRONG
  const unit = unitAt(bytes, at + 1)
  if (unit < 0) return WRONG
  if (!alike || unit < 0xd800 || unit > 0xdfff) return at + 5
  // Of a pair the second half must follow at once.
  const isPaired = unit < 0xdc00 && codeAt(bytes, at + 5) === BACKSLASH && codeAt(bytes, at + 6) === 0x75
  const second = isPaired ? unitAt(bytes, at + 7) : WRONG
  return second >= 0xdc00 && second <= 0xdfff ? at + 11 : ODD
}

const SHORT_ESCAPES = [...Buffer.from('"\\/bfnrt')]

function unitAt(bytes: Buffer, at: number): number {
  let unit = 0
  for (let i = at; i < at + 4; i++) unit = (unit << 4) | digitOf(codeAt(bytes, i))
  return unit
}

// Negative for what is none, and so is the whole then.
function digitOf(code: number): number {
  if (isDigit(code)) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Whether a code is that of a digit. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Longer numbers, and such with more digits in their exponent, no one means. */
const LONGEST_NUMBER = 128
const LONGEST_EXPONENT = 3

/**
 * Behind the number that begins at a position.
 *
 * @param alike one beyond a double is odd, and one so long that reading it exactly costs more than sending it
 */
export function behindNumber(bytes: Buffer, at: number, alike: boolean): number {
  const whole = codeAt(bytes, at) === MINUS ? at + 1 : at
  let end = codeAt(bytes, whole) === 0x30 ? whole + 1 : behindDigits(bytes, whole)
  if (end !== WRONG && codeAt(bytes, end) === 0x2e) end = behindDigits(bytes, end + 1)
  if (end !== WRONG && (codeAt(bytes, end) | 0x20) === 0x65) return behindExponent(bytes, at, end + 1, alike)
  return alike && end - at > LONGEST_NUMBER ? ODD : end
}

function behindExponent(bytes: Buffer, start: number, at: number, alike: boolean): number {
  const sign = codeAt(bytes, at)
  const digits = sign === 0x2b || sign === MINUS ? at + 1 : at
  const end = behindDigits(bytes, digits)
  if (!alike || end === WRONG) return end
  if (end - start > LONGEST_NUMBER || end - digits > LONGEST_EXPONENT) return ODD
  return Number.isFinite(Number(bytes.toString('latin1', start, end))) ? end : ODD
}

function behindDigits(bytes: Buffer, at: number): number {
  let i = at
  while (i < bytes.length && isDigit(bytes[i] as number)) i++
  return i > at ? i : WRONG
}
