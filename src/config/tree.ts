import type { FieldNode } from './field.ts'
import type { Path } from './path.ts'

/** Where something was written. */
export type Spot = {
  readonly from: 'file' | 'environment' | 'argument'
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly variable?: string
}

/** A value as it was written, with the place of every part, whatever it was written in. */
export type Tree = Scalar | List | Branch | Foreign | Told
export type Scalar = { readonly is: 'scalar'; readonly spot: Spot; readonly value: string | number | boolean | null }
export type List = { readonly is: 'list'; readonly spot: Spot; readonly items: readonly Tree[] }
export type Branch = { readonly is: 'map'; readonly spot: Spot; readonly entries: ReadonlyMap<string, Entry> }
/** What configuration can not hold, such as a function. */
export type Foreign = { readonly is: 'foreign'; readonly spot: Spot; readonly what: string }
/** What could not be read at all, and was told. */
export type Told = { readonly is: 'told'; readonly spot: Spot }
export type Entry = { readonly key: Spot; readonly value: Tree }

/** Bounds of one source, so that no file, alias or module can make loading slow. */
export const MOST_VALUES = 100_000
export const MOST_DEPTH = 32

/** A map with no entries. */
export function emptyBranch(spot: Spot): Branch {
  return { is: 'map', spot, entries: new Map() }
}

/**
 * Turns a plain JavaScript value into a tree, all parts at one spot.
 *
 * @throws TooMuch when it is too deep (or refers to itself) or has too many values
 */
export function treeOf(value: unknown, spot: Spot): Tree {
  let left = MOST_VALUES
  const grow = (part: unknown, depth: number): Tree => {
    left -= 1
    if (left < 0 || depth > MOST_DEPTH) throw new TooMuch()
    if (part === null) return { is: 'scalar', spot, value: null }
    if (Array.isArray(part)) return { is: 'list', spot, items: Array.from(part, (item) => grow(item, depth + 1)) }
    if (isPlainObject(part)) {
      // An absent value and one that is undefined mean the same in TypeScript, so they do here.
      const written = Object.entries(part).filter(([, child]) => child !== undefined)
      const entries = written.map(([name, child]): [string, Entry] => [
        name,
        { key: spot, value: grow(child, depth + 1) },
      ])
      return { is: 'map', spot, entries: new Map(entries) }
    }
    if (typeof part === 'string' || typeof part === 'number' || typeof part === 'boolean') {
      return { is: 'scalar', spot, value: part }
    }
    return { is: 'foreign', spot, what: FOREIGN[typeof part] ?? 'a value of this kind' }
  }
  return grow(value, 0)
}

const FOREIGN: Readonly<Record<string, string>> = {
  object: 'an object of a class',
  function: 'a function',
  undefined: 'undefined',
  bigint: 'a bigint',
  symbol: 'a symbol',
}

/** Thrown inside the readers of this module and turned into a problem by them. */
export class TooMuch extends Error {}

/**
 * Lays one tree over another: sections are merged setting by setting, everything else is replaced whole. Where a
 * section should be and something else was written, that stays, so that it is told and not covered up.
 */
export function layOver(node: FieldNode | undefined, below: Tree, above: Tree): Tree {
  if (node?.sallyport.kind !== 'section' || above.is !== 'map') return above
  if (below.is !== 'map') return below
  const entries = new Map(below.entries)
  for (const [name, entry] of above.entries) {
    const old = entries.get(name)
    const value = old === undefined ? entry.value : layOver(node.properties?.[name], old.value, entry.value)
    entries.set(name, { key: entry.key, value })
  }
  return { is: 'map', spot: below.spot, entries }
}

/** The spot of the value at a path (or of its name), or of the nearest thing around it that was written. */
export function spotAt(tree: Tree, path: Path, want: 'key' | 'value'): Spot {
  const trail = trailOf(tree, path)
  const last = trail.at(-1)
  if (last === undefined) return tree.spot
  return want === 'key' && trail.length === path.length ? last.key : last.value.spot
}

/** The spot of the value at a path, or null when nobody wrote it. */
export function writtenSpot(tree: Tree, path: Path): Spot | null {
  const trail = trailOf(tree, path)
  return trail.length === path.length ? (trail.at(-1)?.value.spot ?? tree.spot) : null
}

/** What was written on the way to a path, as far as it goes. */
function trailOf(tree: Tree, path: Path): Entry[] {
  const trail: Entry[] = []
  let here = tree
  for (const part of path) {
    const next = childOf(here, part)
    if (next === undefined) break
    trail.push(next)
    here = next.value
  }
  return trail
}

function childOf(tree: Tree, part: string | number): Entry | undefined {
  if (tree.is === 'map') return tree.entries.get(String(part))
  const item = tree.is === 'list' ? tree.items[Number(part)] : undefined
  return item === undefined ? undefined : { key: item.spot, value: item }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object from another realm (a test runner, a vm) has a prototype of its own that again has none above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
