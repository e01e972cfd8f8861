import { filterText } from './filter.ts'
import {
  behindSpace,
  behindText,
  behindValue,
  CLOSE_OBJECT,
  fromBytes,
  OPEN_LIST,
  OPEN_OBJECT,
  type Source,
  said,
  sourceOf,
  valueAfter,
} from './json-text.ts'
import { EVERYTHING, type View } from './view.ts'

/** What is wrong with a body that somebody wants to write. `outside` names the properties, as paths. */
export type BodyFault =
  | { readonly is: 'malformed' }
  | { readonly is: 'duplicate' }
  | { readonly is: 'outside'; readonly paths: readonly string[] }

/** How many properties are named that may not be written, and how long a name may be. */
const MOST_NAMED = 10
const LONGEST_NAME = 64

/**
 * Looks for what may not be written: a property outside the view, a name twice in one object (a second reader could take
 * the other), or what is no JSON.
 *
 * @param text one character for each byte
 * @param json its value, where it is parsed already
 * @returns null when all of it may be written
 */
export function bodyFault(
  text: string,
  view: View,
  json = () => JSON.parse(fromBytes(text)) as unknown,
): BodyFault | null {
  const form = formFault(text)
  if (form !== null) return form
  const paths: string[] = []
  collect(json(), view, '', paths)
  return paths.length === 0 ? null : { is: 'outside', paths }
}

/** The same text without what may not be written. A body that is wrong in itself stays refused. */
export function strippedBody(text: string, view: View): BodyFault | { readonly is: 'filtered'; readonly text: string } {
  const form = formFault(text)
  if (form !== null) return form
  const filtered = filterText(text, view)
  return filtered.is === 'filtered' ? filtered : { is: filtered.is === 'ambiguous' ? 'duplicate' : 'malformed' }
}

function formFault(text: string): BodyFault | null {
  const start = behindSpace(text, 0)
  const source = sourceOf(text)
  const end = behindValue(source, start, 0)
  if (end === -1 || behindSpace(text, end) !== text.length) return { is: 'malformed' }
  return hasDoubled(source, start) ? { is: 'duplicate' } : null
}

// The text is known to be JSON. A list of objects and names is kept instead of calling oneself: each is opened once.
function hasDoubled(source: Source, start: number): boolean {
  const { text } = source
  const open: (Set<string> | null)[] = []
  for (let i = start; i < text.length; ) {
    const code = text.charCodeAt(i)
    if (code === 34) {
      const end = behindText(source, i)
      const isName = valueAfter(text, end) !== -1
      const names = open.at(-1)
      if (isName && names != null) {
        const name = said(text, i + 1, end - 1)
        if (names.has(name)) return true
        names.add(name)
      }
      i = end
      continue
    }
    if (code === OPEN_OBJECT) open.push(new Set())
    else if (code === OPEN_LIST) open.push(null)
    else if (code === CLOSE_OBJECT || code === 93) open.pop()
    i++
  }
  return false
}

function collect(value: unknown, view: View, path: string, found: string[]): void {
  if (found.length >= MOST_NAMED) return
  if (Array.isArray(value)) {
    collectElements(value, view, path, found)
    return
  }
  if (typeof value === 'object' && value !== null) {
    collectMembers(value, view, path, found)
    return
  }
  const nothing = value === null && (view.members.size > 0 || view.elements !== null)
  if (view.single !== 'plain' && !nothing) found.push(path)
}

function collectElements(values: readonly unknown[], view: View, path: string, found: string[]): void {
  const inside = view.elements ?? (view.all ? EVERYTHING : null)
  if (inside === null) found.push(path)
  else for (const value of values) collect(value, inside, `${path}[]`, found)
}

function collectMembers(value: object, view: View, path: string, found: string[]): void {
  if (!view.all && view.members.size === 0) {
    found.push(path)
    return
  }
  for (const [name, inner] of Object.entries(value)) {
    const member = view.members.get(Buffer.from(name).toString('latin1'))?.view
    const inside = member ?? (view.all && name !== '__proto__' ? EVERYTHING : null)
    const here = path === '' ? shortened(name) : `${path}.${shortened(name)}`
    if (inside !== null) collect(inner, inside, here, found)
    else if (found.length < MOST_NAMED) found.push(here)
  }
}

function shortened(name: string): string {
  const printable = name.replaceAll(/[^\x20-\x7e]/g, '?')
  return printable.length > LONGEST_NAME ? `${printable.slice(0, LONGEST_NAME)}…` : printable
}
