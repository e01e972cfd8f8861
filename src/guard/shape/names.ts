import { said } from './json-text.ts'

/** Names of one object up to this many are compared with each other; of more a set is kept. */
const FEW = 12

/** The names of the objects that are open, innermost last. */
export type Names = {
  /** Begins an object. */
  readonly open: () => void
  /** Ends the innermost one. */
  readonly close: () => void
  /** Notes a name of the innermost object, by where it stands between its quotes. False where it came before. */
  readonly isNew: (start: number, end: number, escaped: boolean) => boolean
}

/** Keeps the names of open objects, so that one that comes twice is found wherever it stands. */
export function namesIn(text: string): Names {
  // Two numbers for each name, where it begins and where it ends: while they are few and plain, no text is made of them.
  const kept: number[] = []
  const begins: number[] = []
  const many: (Set<string> | null)[] = []

  function isNew(start: number, end: number, escaped: boolean): boolean {
    const last = begins.length - 1
    const first = begins[last] as number
    if (escaped || kept.length - first >= FEW * 2) many[last] ??= setOf(first)
    const known = many[last]
    if (known != null) return known.size < known.add(said(text, start, end)).size
    for (let i = first; i < kept.length; i += 2)
      if (isSame(text, kept[i] as number, kept[i + 1] as number, start, end)) return false
    kept.push(start, end)
    return true
  }

  function setOf(first: number): Set<string> {
    const set = new Set<string>()
    for (let i = first; i < kept.length; i += 2) set.add(said(text, kept[i] as number, kept[i + 1] as number))
    return set
  }

  return {
    open: () => {
      begins.push(kept.length)
      many.push(null)
    },
    close: () => {
      kept.length = begins.pop() ?? 0
      many.pop()
    },
    isNew,
  }
}

function isSame(text: string, start: number, end: number, other: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - other) return false
  for (let i = start, j = other; i < end; i++, j++) if (text.charCodeAt(i) !== text.charCodeAt(j)) return false
  return true
}
