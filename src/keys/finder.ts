import { keyPattern, readKey, SHAPES } from './format.ts'
import type { Environment } from './key.ts'

/** A key of ours that stands somewhere in a longer text. */
export type FoundKey = { readonly text: string; readonly id: string; readonly environment: Environment }

export type KeyFinder = {
  /** How every key begins; where this does not stand, no key begins. */
  readonly start: string
  /** Characters of the longest key there can be. */
  readonly longest: number
  /** The key that begins at a place of the text, or null. Whole keys only: the caller keeps `longest` characters together. */
  readonly at: (text: string, place: number) => FoundKey | null
}

/**
 * Finds keys in any text by the published expression and the checksum (row K20): a look-alike with a wrong checksum is
 * none. What stands around a key does not matter (`\nsp_live_…` in source code, `%20sp_live_…` in a URL), so the words'
 * bounds of the expression are held to the key alone.
 *
 * @param brand how keys begin, 1 to 8 of `a-z0-9`
 */
export function createKeyFinder(brand: string): KeyFinder {
  const start = `${brand}_`
  const whole = new RegExp(`^${keyPattern(brand)}$`)
  const shapes = SHAPES.map(({ name, bodyLength }) => ({ name, length: start.length + name.length + bodyLength }))
  const longest = Math.max(...shapes.map(({ length }) => length))

  function at(text: string, place: number): FoundKey | null {
    const shape = shapes.find(({ name }) => text.startsWith(name, place + start.length))
    if (shape === undefined) return null
    const candidate = text.slice(place, place + shape.length)
    if (!whole.test(candidate)) return null
    const read = readKey(candidate, brand)
    return read.is === 'prefixed' ? { text: candidate, id: `key_${read.id}`, environment: read.environment } : null
  }

  return Object.freeze({ start, longest, at })
}
