import { behind, endOf, type JsonText, kindOf, OPEN_LIST, OPEN_OBJECT, said } from './text.ts'

/** How long a name in a pointer may be, and how long the whole. */
const LONGEST_NAME = 64
const LONGEST_POINTER = 512

/** Where a reader stands that could not read on after `count` places: what it was in does not end. */
export function pointerTo(text: JsonText & { readonly count: number }): string {
  const parts: string[] = []
  let place = 0
  while (place < text.count && endOf(text, place) < 0 && isOpening(kindOf(text, place))) {
    const isList = kindOf(text, place) === OPEN_LIST
    const [began, last] = lastIn(text, place, isList ? 0 : 1)
    if (began > 0) parts.push(isList ? String(began - 1) : said(text, last))
    place = began > 0 ? last + (isList ? 0 : 1) : text.count
  }
  return toPointer(parts)
}

function isOpening(kind: number): boolean {
  return kind === OPEN_LIST || kind === OPEN_OBJECT
}

// How many elements or members there are, and where the last of them is. Of a member the value is one place behind.
function lastIn(text: JsonText & { readonly count: number }, place: number, before: number): [number, number] {
  let [began, last] = [0, place]
  for (let at = place + 1; at < text.count; began++) {
    last = at
    const value = at + before
    at = value < text.count && endOf(text, value) > 0 ? behind(text, value) : text.count
  }
  return [began, last]
}

/** A JSON Pointer (RFC 6901) of these parts, fit to be shown: printable and short. */
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
