import {
  behindSpace,
  behindText,
  behindValue,
  CLOSE_OBJECT,
  COMMA,
  fromBytes,
  OPEN_OBJECT,
  QUOTE,
  type Source,
  said,
  toBytes,
  valueAfter,
} from './json-text.ts'

/** Whose a thing is: a value, nobody where it does not say, or `twice` where it says so more than once. */
export type Whose = { readonly is: 'named'; readonly value: string } | { readonly is: 'nobody' | 'twice' | 'malformed' }

/** The names on the way to the property that says whose something is, such as `customer.id`. */
export function wayTo(property: string): readonly string[] {
  return property.split('.').map(toBytes)
}

/**
 * Reads whose the object is that begins at `at`, and nothing else of it.
 *
 * @param way what {@link wayTo} made of the property
 */
export function whose(source: Source, at: number, way: readonly string[]): Whose {
  const { text } = source
  const place = findMember(source, at, way[0] as string)
  if (typeof place !== 'number') return place
  if (way.length === 1) return valueAt(source, place)
  if (text.charCodeAt(place) !== OPEN_OBJECT) return NOBODY
  return whose(source, place, way.slice(1))
}

const NOBODY: Whose = Object.freeze({ is: 'nobody' })
const TWICE: Whose = Object.freeze({ is: 'twice' })
const MALFORMED: Whose = Object.freeze({ is: 'malformed' })

function valueAt(source: Source, at: number): Whose {
  const { text } = source
  const end = behindValue(source, at, 0)
  if (end === -1) return MALFORMED
  if (text.charCodeAt(at) === QUOTE) return { is: 'named', value: fromBytes(said(text, at + 1, end - 1)) }
  const number = text.slice(at, end)
  return /^(0|[1-9]\d{0,18})$/.test(number) ? { is: 'named', value: number } : NOBODY
}

/** Whether the name between two positions is this one. */
export function isNamed({ text, plain }: Source, start: number, end: number, wanted: string): boolean {
  if (!plain) return said(text, start, end) === wanted
  return end - start === wanted.length && text.startsWith(wanted, start)
}

// All members are looked at: a second one of the name would be what another reader takes.
function findMember(source: Source, at: number, wanted: string): number | Whose {
  const { text } = source
  let found = -1
  let i = behindSpace(text, at + 1)
  if (text.charCodeAt(i) === CLOSE_OBJECT) return NOBODY
  for (;;) {
    const nameEnd = behindText(source, i)
    const value = valueAfter(text, nameEnd)
    const end = value === -1 ? -1 : behindValue(source, value, 0)
    if (end === -1) return MALFORMED
    if (isNamed(source, i + 1, nameEnd - 1, wanted)) {
      if (found !== -1) return TWICE
      found = value
    }
    i = behindSpace(text, end)
    if (text.charCodeAt(i) === CLOSE_OBJECT) return found === -1 ? NOBODY : found
    if (text.charCodeAt(i) !== COMMA) return MALFORMED
    i = behindSpace(text, i + 1)
  }
}
