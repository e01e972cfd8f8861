import {
  behindSpace,
  behindText,
  behindValue,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  DEEPEST,
  fromBytes,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  type Source,
  said,
  sourceOf,
  toBytes,
  valueAfter,
} from './json-text.ts'
import { masked } from './masks.ts'
import { EVERYTHING, type Member, type View } from './view.ts'
import { isNamed } from './whose.ts'

/** The view of one thing, which begins at `at`: null to leave it out, -1 where it cannot be told. */
export type Choose = (source: Source, at: number) => View | null | -1

/** What came of it: a text, or why there is none. */
export type Filtered =
  | { readonly is: 'filtered'; readonly text: string; readonly kept: boolean }
  | { readonly is: 'malformed' | 'ambiguous' }

/** One walk through a text. `out` is what was copied, `from` where what is copied next begins. */
type Walk = {
  readonly text: string
  readonly source: Source
  readonly choose: Choose
  out: string
  from: number
  ambiguous: boolean
  /** The masked value that was looked at last, and what is left of it. */
  hiddenAt: number
  hidden: string | undefined
}

/**
 * Copies of a JSON text what a view lets see. What is kept is kept byte for byte, numbers of any size included; all of the
 * text must be JSON, also what is left out. Texts have one character for each byte.
 *
 * @param choose which view a thing has, for views that have things in them
 * @returns `ambiguous` where a name that matters comes twice, since two readers may take different ones
 */
export function filterText(text: string, view: View, choose: Choose = () => -1): Filtered {
  const start = behindSpace(text, 0)
  const walk: Walk = {
    text,
    source: sourceOf(text),
    choose,
    out: '',
    from: start,
    ambiguous: false,
    hiddenAt: -1,
    hidden: undefined,
  }
  const known = viewAt(walk, start, view)
  const kept = known !== null && known !== -1 && isVisible(walk, start, known)
  const end = known === -1 ? -1 : kept ? copyValue(walk, start, known, 0) : behindValue(walk.source, start, 0)
  if (end === -1 || behindSpace(text, end) !== text.length) return { is: walk.ambiguous ? 'ambiguous' : 'malformed' }
  return { is: 'filtered', text: kept ? walk.out + text.slice(walk.from, end) : 'null', kept }
}

// The view of what stands here: of a thing by itself its own, of all else the one of its place.
function viewAt(walk: Walk, at: number, view: View): View | null | -1 {
  if (!view.record || walk.text.charCodeAt(at) !== OPEN_OBJECT) return view
  const chosen = walk.choose(walk.source, at)
  if (chosen === -1) walk.ambiguous = true
  return chosen
}

// Whether something of the value may be seen. What holds other values is seen where its place has some below.
function isVisible(walk: Walk, at: number, view: View): boolean {
  const { text } = walk
  const code = text.charCodeAt(at)
  if (code === OPEN_OBJECT) return view.all || view.members.size > 0
  if (code === OPEN_LIST) return view.all || view.elements !== null
  if (view.single === 'plain') return true
  if (code === 110) return view.members.size > 0 || view.elements !== null
  return view.single !== null && code === QUOTE && maskedAt(walk, at, view.single) !== undefined
}

function maskedAt(walk: Walk, at: number, mask: Exclude<View['single'], null>): string | undefined {
  const { source } = walk
  if (walk.hiddenAt === at) return walk.hidden
  const end = behindText(source, at)
  if (end === -1 || mask === 'plain') return undefined
  walk.hiddenAt = at
  walk.hidden = masked(mask, fromBytes(said(source.text, at + 1, end - 1)))
  return walk.hidden
}

function copyValue(walk: Walk, at: number, view: View, depth: number): number {
  const { text } = walk
  const code = text.charCodeAt(at)
  if (code === OPEN_OBJECT || code === OPEN_LIST) return depth >= DEEPEST ? -1 : copyInside(walk, at, view, depth)
  const end = behindValue(walk.source, at, depth)
  if (end === -1 || code !== QUOTE || view.single === 'plain' || view.single === null) return end
  walk.out += text.slice(walk.from, at) + toBytes(JSON.stringify(maskedAt(walk, at, view.single)))
  walk.from = end
  return end
}

/** One object or list on its way: whether it is being copied, where its last kept part ended, and the names seen in it. */
type Run = { readonly opened: number; keptEnd: number; copying: boolean; seen: number; more: Set<number> | null }

function copyInside(walk: Walk, at: number, view: View, depth: number): number {
  const { text } = walk
  const isList = text.charCodeAt(at) === OPEN_LIST
  const close = isList ? CLOSE_LIST : CLOSE_OBJECT
  const run: Run = { opened: at + 1, keptEnd: at + 1, copying: true, seen: 0, more: null }
  let i = behindSpace(text, at + 1)
  if (text.charCodeAt(i) === close) return i + 1
  for (;;) {
    const end = isList ? passElement(walk, run, i, view, depth) : passMember(walk, run, i, view, depth)
    if (end === -1) return -1
    i = behindSpace(text, end)
    const next = text.charCodeAt(i)
    if (next === close) break
    if (next !== COMMA) return -1
    i = behindSpace(text, i + 1)
  }
  if (!run.copying) walk.from = i
  return i + 1
}

function passElement(walk: Walk, run: Run, at: number, view: View, depth: number): number {
  return pass(walk, run, at, at, view.elements ?? (view.all ? EVERYTHING : null), depth)
}

function passMember(walk: Walk, run: Run, at: number, view: View, depth: number): number {
  const { text } = walk
  const nameEnd = behindText(walk.source, at)
  const value = valueAfter(text, nameEnd)
  if (value === -1) return -1
  const member = memberAt(walk.source, at + 1, nameEnd - 1, view)
  if (member === undefined)
    return pass(
      walk,
      run,
      at,
      value,
      view.all && !isNamed(walk.source, at + 1, nameEnd - 1, '__proto__') ? EVERYTHING : null,
      depth,
    )
  if (!isNew(run, member.place)) {
    walk.ambiguous = true
    return -1
  }
  return pass(walk, run, at, value, member.view, depth)
}

// Of few names, comparing them where they stand is faster than making a text of each.
const FEW = 12

function memberAt(source: Source, start: number, end: number, { named, members }: View): Member | undefined {
  if (named.length > FEW || !source.plain) return members.get(said(source.text, start, end))
  for (const member of named) if (isNamed(source, start, end, member.name)) return member
  return undefined
}

function isNew(run: Run, place: number): boolean {
  if (place > 30) {
    run.more ??= new Set()
    return run.more.size < run.more.add(place).size
  }
  const bit = 1 << place
  if ((run.seen & bit) !== 0) return false
  run.seen |= bit
  return true
}

// Copies or leaves out one member or element, which begins at `start` and whose value begins at `at`.
function pass(walk: Walk, run: Run, start: number, at: number, view: View | null, depth: number): number {
  const own = view === null ? null : viewAt(walk, at, view)
  if (own === -1) return -1
  if (own === null || !isVisible(walk, at, own)) {
    if (run.copying) walk.out += walk.text.slice(walk.from, run.keptEnd)
    run.copying = false
    return behindValue(walk.source, at, depth + 1)
  }
  if (!run.copying) {
    if (run.keptEnd > run.opened) walk.out += ','
    walk.from = start
    run.copying = true
  }
  run.keptEnd = copyValue(walk, at, own, depth + 1)
  return run.keptEnd
}
