import type { Mask } from './masks.ts'

/** What of a value may be seen or written, as a tree: what it does not name is not there. */
export type View = {
  /** A single value here: a text, a number, true, false. Or what is left of it. */
  readonly single: 'plain' | Mask | null
  /** Everything here and below, but what is named below. */
  readonly all: boolean
  readonly members: ReadonlyMap<string, Member>
  /** The same members by how many bytes their names have, so that few are compared with a name where it stands. */
  readonly byLength: readonly (readonly Member[])[]
  readonly elements: View | null
  /** Each object here is a thing by itself, whose view depends on whose it is. */
  readonly record: boolean
}

/** `bytes` are those of the name, `place` tells the members of one view apart by a number. */
export type Member = { readonly name: string; readonly bytes: Buffer; readonly view: View; readonly place: number }

// Views are read for every name of every answer, so they all have one form.
function makeView({ single = null, all = false, named = [], elements = null, record = false }: Parts): View {
  const members = new Map(named.map((member) => [member.name, member]))
  return { single, all, members, byLength: orderedByLength(named), elements, record }
}

type Parts = Partial<Omit<View, 'members' | 'byLength'>> & { readonly named?: readonly Member[] }

function orderedByLength(named: readonly Member[]): readonly (readonly Member[])[] {
  const longest = Math.max(-1, ...named.map(({ bytes }) => bytes.length))
  return Array.from({ length: longest + 1 }, (_, length) => named.filter(({ bytes }) => bytes.length === length))
}

export const NOTHING = makeView({})
export const EVERYTHING = makeView({ single: 'plain', all: true })
const RECORD = makeView({ record: true })

/** A view of single paths: `email`, `customer.email`, `items[].price`, `tags[]`, `address.**`. `masks` say what is left of the value at a path. */
export function viewOf(paths: readonly string[], masks: Readonly<Record<string, Mask>> = {}): View {
  const plain = paths.filter((path) => !Object.hasOwn(masks, path)).map((path) => branch(stepsOf(path), 'plain'))
  const hidden = Object.entries(masks).map(([path, mask]) => branch(stepsOf(path), mask))
  return hidden.reduce(overlay, plain.reduce(either, NOTHING))
}

/** The view of a body in which each object at `place` is a thing by itself, and the paths beside them may be seen. */
export function bodyView(place: string | null, beside: readonly string[]): View {
  const records = place === null ? makeView({ record: true, elements: RECORD }) : grown(stepsOf(place), RECORD)
  return beside.map((path) => branch(stepsOf(path), 'plain')).reduce(either, records)
}

// `items[].price` is the steps items, [], price.
function stepsOf(path: string): readonly string[] {
  return path
    .split('.')
    .flatMap((part) => part.replaceAll('[]', '\u0000[]').split('\u0000'))
    .filter((it) => it !== '')
}

function branch(steps: readonly string[], single: 'plain' | Mask): View {
  const everything = steps.at(-1) === '**'
  return grown(everything ? steps.slice(0, -1) : steps, everything ? EVERYTHING : makeView({ single }))
}

function grown(steps: readonly string[], leaf: View): View {
  return steps.reduceRight<View>(
    (below, step) =>
      step === '[]'
        ? makeView({ elements: below })
        : makeView({ named: [{ name: step, bytes: Buffer.from(step), view: below, place: 0 }] }),
    leaf,
  )
}

/** What at least one of two views lets see; of what both do, the plainer. */
export function either(a: View, b: View): View {
  return makeView({
    single: a.single === 'plain' || b.single === 'plain' ? 'plain' : (shown(a.single) ?? shown(b.single)),
    all: a.all || b.all,
    named: joined(a, b, either),
    elements: joinedElements(a, b, either),
    record: a.record || b.record,
  })
}

// `remove` shows nothing, so it gives way to what shows something.
function shown(single: View['single']): View['single'] {
  return single === 'remove' ? null : single
}

/** A view with another laid over it: what the upper one names counts. */
function overlay(under: View, upper: View): View {
  return makeView({
    single: upper.single ?? under.single,
    all: upper.single === null && under.all,
    named: joined(under, upper, overlay),
    elements: joinedElements(under, upper, overlay),
    record: under.record,
  })
}

type Join = (a: View, b: View) => View

function joined(a: View, b: View, join: Join): readonly Member[] {
  const names = new Set([...a.members.keys(), ...b.members.keys()])
  return [...names].map((name, place) => ({
    name,
    bytes: Buffer.from(name),
    view: join(memberOf(a, name), memberOf(b, name)),
    place,
  }))
}

function joinedElements(a: View, b: View, join: Join): View | null {
  if (a.elements === null && b.elements === null) return null
  return join(a.elements ?? (a.all ? EVERYTHING : NOTHING), b.elements ?? (b.all ? EVERYTHING : NOTHING))
}

function memberOf(view: View, name: string): View {
  return view.members.get(name)?.view ?? (view.all ? EVERYTHING : NOTHING)
}
