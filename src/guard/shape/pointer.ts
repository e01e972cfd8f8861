import { said } from './json-text.ts'

/** How long a name in a pointer may be, and how long the whole. */
const LONGEST_NAME = 64
const LONGEST_POINTER = 512

type Step = { readonly isList: boolean; readonly count: number; readonly start: number; readonly end: number }

/** Where a reader stands, as a JSON Pointer (RFC 6901). */
export function pointerOf(text: string, steps: readonly Step[]): string {
  const parts = steps
    .filter(({ count, end }, i) => count > 0 && (steps[i]?.isList === true || end > 0))
    .map(({ isList, count, start, end }) => (isList ? String(count - 1) : said(text, start, end)))
  return toPointer(parts)
}

/** A JSON Pointer of these parts, fit to be shown: printable and short. */
export function toPointer(parts: readonly string[]): string {
  return cut(parts.map((part) => `/${cut(printable(escaped(part)), LONGEST_NAME)}`).join(''), LONGEST_POINTER)
}

function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** Strangers write names: what could be read as something else on a screen is not repeated. */
export function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?')
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
