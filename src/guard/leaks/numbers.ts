import { type Finder, isDigit, type Leak, MOST_LEAKS } from './find.ts'

// Groups as they are printed on cards.
const GROUPED: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
]
const SSN: readonly number[] = [3, 2, 4]
const HYPHEN = 45
const SPACE = 32

/**
 * Finds numbers of payment cards (by their length, issuer and check digit, ISO/IEC 7812-1) and American social security
 * numbers (as `123-45-6789`). The last four digits stay, as receipts show them.
 */
export function numberFinder(kinds: { readonly card: boolean; readonly ssn: boolean }): Finder {
  return (text) => {
    const found: Leak[] = []
    for (let at = 0; at < text.length && found.length < MOST_LEAKS; at++) {
      if (!isDigit(text.charCodeAt(at))) continue
      const end = digitsEnd(text, at)
      const form = formAt(text, at, end)
      const last = form === null ? end : form.end
      if (form !== null && kinds[form.kind] && mayBegin(text, at) && mayEnd(text, last))
        found.push({ kind: form.kind, start: at, end: last, mask: masked(text.slice(at, last)) })
      at = last
    }
    return found
  }
}

function digitsEnd(text: string, start: number): number {
  let end = start
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

type Form = { readonly kind: 'card' | 'ssn'; readonly end: number }

function formAt(text: string, start: number, end: number): Form | null {
  const length = end - start
  if (length >= 14) return length <= 19 && isCard(text.slice(start, end)) ? { kind: 'card', end } : null
  const separator = text.charCodeAt(end)
  if ((length !== 3 && length !== 4) || (separator !== SPACE && separator !== HYPHEN)) return null
  if (length === 3) {
    const last = separator === HYPHEN ? groupsEnd(text, start, SSN) : -1
    return last !== -1 && isSsn(text.slice(start, last)) ? { kind: 'ssn', end: last } : null
  }
  for (const form of GROUPED) {
    const last = groupsEnd(text, start, form)
    if (last !== -1 && isCard(text.slice(start, last).replaceAll(/\D/g, ''))) return { kind: 'card', end: last }
  }
  return null
}

// The end of groups of these lengths with one and the same separator between them, or -1.
function groupsEnd(text: string, start: number, form: readonly number[]): number {
  let at = start + (form[0] as number)
  const separator = text.charCodeAt(at)
  for (let i = 1; i < form.length; i++) {
    if (text.charCodeAt(at) !== separator) return -1
    const end = at + 1 + (form[i] as number)
    for (at++; at < end; at++) if (!isDigit(text.charCodeAt(at))) return -1
    if (isDigit(text.charCodeAt(at))) return -1
  }
  return at
}

const ISSUERS: readonly (readonly [pattern: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [16, 19]],
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(6011|64[4-9]|65|62|35)/, [16, 17, 18, 19]],
  [/^3(0[0-5]|[689])/, [14]],
]

function isCard(digits: string): boolean {
  if (digits.length < 14 || digits.length > 19) return false
  return ISSUERS.some(([pattern, lengths]) => lengths.includes(digits.length) && pattern.test(digits)) && luhn(digits)
}

function luhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    if (i % 2 === 0) sum += digit
    else sum += digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

// What was never given to anybody: the Social Security Administration's rules.
function isSsn(digits: string): boolean {
  return !/^(000|666|9)|-00-|-0000$/.test(digits)
}

function masked(text: string): string {
  return text.slice(0, -4).replaceAll(/\d/g, '*') + text.slice(-4)
}

const DOT = 46

// A part of a longer number, word or fraction is none.
function mayBegin(text: string, at: number): boolean {
  if (at === 0) return true
  const code = text.charCodeAt(at - 1)
  return !isLetter(code) && code !== DOT && code !== HYPHEN
}

function mayEnd(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return !isLetter(code) && code !== HYPHEN && !(code === DOT && isDigit(text.charCodeAt(at + 1)))
}

function isLetter(code: number): boolean {
  return ((code | 32) >= 97 && (code | 32) <= 122) || code === 95
}
