import { isTypeName } from './read.ts'

/** Types that were seen; a stranger may name any. */
const MOST = 1000

/** Tells whether a text can be the name of a type, and remembers those that can. */
export function createTypeNames(): (name: string) => boolean {
  const known = new Set<string>()
  return (name) => {
    if (known.has(name)) return true
    if (!isTypeName(name)) return false
    if (known.size >= MOST) known.clear()
    known.add(name)
    return true
  }
}
