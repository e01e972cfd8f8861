import { beginOf, behind, endOf, isEscaped, type JsonText, kindOf, said, says, stands } from '../../core/index.ts'
import { type Copy, copied, copyPiece, copyText, createCopy } from './copy.ts'
import { masked } from './masks.ts'
import { EVERYTHING, type Member, type View } from './view.ts'

/** The view of the thing at a place: null to leave it out, -1 where it cannot be told. */
export type Choose = (text: JsonText, place: number) => View | null | -1

/** What may be seen; null where a name that matters comes twice, since two readers may take different ones. */
export type Filtered = { readonly bytes: Buffer; readonly kept: boolean } | null

/** One walk through a text. `from` is where what is copied next begins. */
type Walk = {
  readonly text: JsonText
  readonly choose: Choose
  readonly copy: Copy
  from: number
  /** The masked value that was looked at last, and what is left of it. */
  hiddenAt: number
  hidden: string | undefined
}

// Imported, they would be looked up at every comparison.
const QUOTE = 0x22
const OPEN_LIST = 0x5b
const OPEN_OBJECT = 0x7b
const NULL = 0x6e

const NOTHING_LEFT = Buffer.from('null')
const COMMA = Buffer.from(',')

/**
 * Copies of a JSON text what a view lets see. What is kept is kept byte for byte, numbers of any size included.
 *
 * @param choose which view a thing has, for views that have things in them
 */
export function filterText(text: JsonText, view: View, choose: Choose = () => -1): Filtered {
  const from = beginOf(text, 0)
  const walk: Walk = { text, choose, copy: createCopy(text.bytes), from, hiddenAt: -1, hidden: undefined }
  const own = viewAt(walk, 0, view)
  if (own === -1) return null
  if (own === null || !isVisible(walk, 0, own)) return { bytes: Buffer.from(NOTHING_LEFT), kept: false }
  if (!copyValue(walk, 0, own)) return null
  copyPiece(walk.copy, text.bytes, walk.from, endOf(text, 0))
  return { bytes: copied(walk.copy), kept: true }
}

// The view of what stands here: of a thing by itself its own, of all else the one of its place.
function viewAt(walk: Walk, place: number, view: View): View | null | -1 {
  if (!view.record || kindOf(walk.text, place) !== OPEN_OBJECT) return view
  return walk.choose(walk.text, place)
}

// Whether something of the value may be seen. What holds other values is seen where its place has some below.
function isVisible(walk: Walk, place: number, view: View): boolean {
  const kind = kindOf(walk.text, place)
  if (kind === OPEN_OBJECT) return view.all || view.members.size > 0
  if (kind === OPEN_LIST) return view.all || view.elements !== null
  if (view.single === 'plain') return true
  if (kind === NULL) return view.members.size > 0 || view.elements !== null
  return view.single !== null && kind === QUOTE && maskedAt(walk, place, view.single) !== undefined
}

function maskedAt(walk: Walk, place: number, mask: Exclude<View['single'], null>): string | undefined {
  if (walk.hiddenAt === place || mask === 'plain') return walk.hidden
  walk.hiddenAt = place
  walk.hidden = masked(mask, said(walk.text, place))
  return walk.hidden
}

// False where a name that matters came twice, here and in all that follows.
function copyValue(walk: Walk, place: number, view: View): boolean {
  const { text } = walk
  const kind = kindOf(text, place)
  if (kind === OPEN_OBJECT) return copyMembers(walk, place, view)
  if (kind === OPEN_LIST) return copyElements(walk, place, view)
  if (kind === QUOTE && view.single !== 'plain' && view.single !== null) copyMasked(walk, place, view.single)
  return true
}

function copyMasked(walk: Walk, place: number, mask: Exclude<View['single'], null>): void {
  const { text, copy } = walk
  copyPiece(copy, text.bytes, walk.from, beginOf(text, place))
  copyText(copy, JSON.stringify(maskedAt(walk, place, mask)))
  walk.from = endOf(text, place)
}

/** One object or list on its way: whether it is being copied, where its last kept part ended, and the names seen in it. */
type Run = { readonly opened: number; keptEnd: number; copying: boolean; seen: number; more: Set<number> | null }

function startRun(walk: Walk, place: number): Run {
  const opened = beginOf(walk.text, place) + 1
  return { opened, keptEnd: opened, copying: true, seen: 0, more: null }
}

function endRun(walk: Walk, run: Run, place: number): void {
  if (!run.copying) walk.from = endOf(walk.text, place) - 1
}

function copyElements(walk: Walk, list: number, view: View): boolean {
  const { text } = walk
  const inside = view.elements ?? (view.all ? EVERYTHING : null)
  const run = startRun(walk, list)
  const last = behind(text, list)
  for (let place = list + 1; place < last; place = behind(text, place)) {
    if (!pass(walk, run, place, place, inside)) return false
  }
  endRun(walk, run, list)
  return true
}

function copyMembers(walk: Walk, object: number, view: View): boolean {
  const { text } = walk
  const run = startRun(walk, object)
  const last = behind(text, object)
  for (let name = object + 1; name < last; name = behind(text, name + 1)) {
    const member = memberAt(text, name, view)
    if (member !== undefined && !isNew(run, member.place)) return false
    if (!pass(walk, run, name, name + 1, member?.view ?? unnamed(text, name, view))) return false
  }
  endRun(walk, run, object)
  return true
}

// What no list names, where a list takes all.
function unnamed(text: JsonText, name: number, view: View): View | null {
  return view.all && !says(text, name, PROTO) ? EVERYTHING : null
}

const PROTO = Buffer.from('__proto__')

function isNew(run: Run, member: number): boolean {
  if (member > 30) {
    run.more ??= new Set()
    return run.more.size < run.more.add(member).size
  }
  const bit = 1 << member
  if ((run.seen & bit) !== 0) return false
  run.seen |= bit
  return true
}

function memberAt(text: JsonText, name: number, { byLength, members }: View): Member | undefined {
  if (!text.plain && isEscaped(text, name)) return members.get(said(text, name))
  const from = beginOf(text, name) + 1
  const length = endOf(text, name) - 1 - from
  if (length >= byLength.length) return undefined
  for (const member of byLength[length] as readonly Member[]) {
    if (stands(text.bytes, from, member.bytes)) return member
  }
  return undefined
}

// Copies or leaves out one member or element, which begins with the place `start` and has its value at `value`.
function pass(walk: Walk, run: Run, start: number, value: number, view: View | null): boolean {
  const { text, copy } = walk
  const own = view === null ? null : viewAt(walk, value, view)
  if (own === -1) return false
  if (own === null || !isVisible(walk, value, own)) {
    if (run.copying) copyPiece(copy, text.bytes, walk.from, run.keptEnd)
    run.copying = false
    return true
  }
  if (!run.copying) {
    if (run.keptEnd > run.opened) copyPiece(copy, COMMA, 0, 1)
    walk.from = beginOf(text, start)
    run.copying = true
  }
  run.keptEnd = endOf(text, value)
  return copyValue(walk, value, own)
}
