import { beginOf, behind, endOf, isEscaped, type JsonText, said } from './text.ts'

const WIDTH = 3
const COLON = 0x3a

/** Names of one object up to this many are compared with each other where they stand; of more a set is kept. */
const FEW = 12

/** A text that is being read, and by their places the names of those of its objects that have many. */
type Named = JsonText & { readonly many: Map<number, Set<string>> }

/**
 * The names of an object that were seen so far, as bits that few share, with one more; 0 where it came before.
 *
 * @param began how many members of the object began, this one too
 */
export function seenWith(text: Named, object: number, name: number, began: number, seen: number): number {
  const bit = bitOf(text, name)
  if ((bit & seen) === 0 && began <= FEW && (text.plain || !isEscaped(text, name))) return seen | bit
  if (!isNew(text, object, name, began)) return 0
  // From the first escape on every name is compared.
  return text.many.has(object) ? -1 : seen | bit
}

// Names that differ in length or in one of three letters rarely have the same bit.
function bitOf({ bytes, places }: Named, name: number): number {
  const begin = places[name * WIDTH] as number
  const end = places[name * WIDTH + 1] as number
  const [first, last] = [bytes[begin + 1] as number, bytes[end - 2] as number]
  return 1 << (end - begin + first * 3 + last * 5)
}

function isNew(text: Named, object: number, name: number, began: number): boolean {
  const known = text.many.size === 0 ? undefined : text.many.get(object)
  if (known !== undefined || began > FEW || (!text.plain && isEscaped(text, name)))
    return isNewOfMany(text, object, name, known)
  for (let other = object + 1; other < name; other = behind(text, other + 1)) {
    if (isSame(text, other, name)) return false
  }
  return true
}

function isNewOfMany(text: Named, object: number, name: number, known: Set<string> | undefined): boolean {
  const names = known ?? namesBefore(text, object, name)
  if (known === undefined) text.many.set(object, names)
  return names.size < names.add(said(text, name)).size
}

function namesBefore(text: Named, object: number, name: number): Set<string> {
  const names = new Set<string>()
  for (let other = object + 1; other < name; other = behind(text, other + 1)) names.add(said(text, other))
  return names
}

function isSame(text: Named, other: number, name: number): boolean {
  const { bytes } = text
  const [start, end, begin] = [beginOf(text, other), endOf(text, other), beginOf(text, name)]
  if (end - start !== endOf(text, name) - begin) return false
  for (let i = start, j = begin; i < end; i++, j++) if (bytes[i] !== bytes[j]) return false
  return true
}

const [PROTO, ESCAPE] = [Buffer.from('proto'), Buffer.from('\\u')]

/** Whether a name that reaches a prototype may be anywhere in a text: its word, or an escape that may hide it. */
export function mayReachPrototype(bytes: Buffer, plain: boolean): boolean {
  return bytes.includes(PROTO) || (!plain && bytes.includes(ESCAPE))
}

/** Names that are paths (`a.__proto__.b`, `a[constructor][prototype]`) are read as such by libraries that set by path. */
export function reachesPrototype(text: Named, object: number, name: number): boolean {
  const parts = said(text, name).split(/[.[\]'"]+/)
  if (parts.includes('__proto__')) return true
  const maker = parts.indexOf('constructor')
  if (maker !== -1 && parts[maker + 1] === 'prototype') return true
  return parts.length === 1 && parts[0] === 'prototype' && nameOf(text, object) === 'constructor'
}

// What an object is called in the one that it is in: of what stands behind a colon the name is the place before.
function nameOf(text: Named, object: number): string {
  let at = beginOf(text, object) - 1
  while (at >= 0 && (text.bytes[at] as number) <= 0x20) at--
  return at >= 0 && text.bytes[at] === COLON ? said(text, object - 1) : ''
}
