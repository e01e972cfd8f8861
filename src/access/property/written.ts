import { behind, type JsonText, kindOf, OPEN_OBJECT, readJson, said } from '../../core/index.ts'
import { filterText } from './filter.ts'
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
 * @param body known to be UTF-8
 * @param json its value, where it is parsed already
 * @returns null when all of it may be written
 */
export function bodyFault(
  body: Buffer,
  view: View,
  json = () => JSON.parse(body.toString()) as unknown,
): BodyFault | null {
  const text = readJson(body)
  if (text === null) return { is: 'malformed' }
  if (hasDoubled(text)) return { is: 'duplicate' }
  const paths: string[] = []
  collect(json(), view, '', paths)
  return paths.length === 0 ? null : { is: 'outside', paths }
}

/** The same body without what may not be written. One that is wrong in itself stays refused. */
export function strippedBody(
  body: Buffer,
  view: View,
): BodyFault | { readonly is: 'filtered'; readonly bytes: Buffer } {
  const text = readJson(body)
  if (text === null) return { is: 'malformed' }
  const filtered = hasDoubled(text) ? null : filterText(text, view)
  return filtered === null ? { is: 'duplicate' } : { is: 'filtered', bytes: filtered.bytes }
}

function hasDoubled(text: JsonText): boolean {
  const last = behind(text, 0)
  for (let place = 0; place < last; place++) {
    if (kindOf(text, place) === OPEN_OBJECT && namesOneTwice(text, place)) return true
  }
  return false
}

function namesOneTwice(text: JsonText, object: number): boolean {
  const names = new Set<string>()
  const last = behind(text, object)
  for (let name = object + 1; name < last; name = behind(text, name + 1)) {
    if (names.size === names.add(said(text, name)).size) return true
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
    const member = view.members.get(name)?.view
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
