/**
 * Regular expressions of documents, in linear time: they are simulated with all their states at once (Thompson), so that no
 * text takes longer than its length times the size of the pattern. What cannot be read so is refused when it is loaded.
 */
export type Pattern = { readonly test: (text: string) => boolean; readonly toString: () => string }

type Node =
  | { readonly is: 'one'; readonly matches: (character: string) => boolean }
  | { readonly is: 'start' | 'end' | 'word' | 'not word' }
  | { readonly is: 'all' | 'any'; readonly of: readonly Node[] }
  | { readonly is: 'repeat'; readonly of: Node; readonly min: number; readonly max: number }

const MOST_STATES = 4000
const LONGEST = 2000
const MOST_REPEATS = 1000

type Reader = { readonly parts: readonly string[]; at: number }

/**
 * @throws SyntaxError for what is no pattern, RangeError for what cannot be matched in linear time or is too large
 */
export function linearPattern(source: string): Pattern {
  if (source.length > LONGEST) throw new RangeError(`is longer than ${LONGEST} characters`)
  // Whatever we take is what the language means by it.
  const theirs = new RegExp(source, 'u')
  const reader: Reader = { parts: [...source], at: 0 }
  const node = readAny(reader)
  if (reader.at < reader.parts.length) throw new RangeError('cannot be read')
  if (isSimple(node)) return theirs
  const states = statesOf(node)
  // Ajv tells patterns apart by what they are as a text.
  return { test: (text) => run(states, [...text]), toString: () => `/${source}/u` }
}

/** How often something may be tried where one repeat follows another. */
const FEW = 64

// Where there is but one place to try another length, and the match begins at the start, trying takes linear time as well:
// the language's own machine is faster then.
function isSimple(node: Node): boolean {
  const parts = node.is === 'all' ? node.of : [node]
  const repeats = parts.filter((part) => part.is === 'repeat')
  if (parts.some((part) => part.is === 'any' || part.is === 'all')) return false
  if (repeats.some(({ of }) => of.is !== 'one')) return false
  const open = repeats.filter(({ min, max }) => min !== max)
  if (open.length === 0) return true
  const isAnchored = parts[0]?.is === 'start'
  return open.length === 1 && (isAnchored || (open[0]?.max ?? 0) <= FEW)
}

function readAny(reader: Reader): Node {
  const of = [readAll(reader)]
  while (reader.parts[reader.at] === '|') {
    reader.at++
    of.push(readAll(reader))
  }
  return of.length === 1 ? (of[0] as Node) : { is: 'any', of }
}

function readAll(reader: Reader): Node {
  const of: Node[] = []
  for (;;) {
    const part = reader.parts[reader.at]
    if (part === undefined || part === '|' || part === ')') return { is: 'all', of }
    of.push(readRepeats(reader, readOne(reader, part)))
  }
}

function readRepeats(reader: Reader, of: Node): Node {
  const rest = reader.parts.slice(reader.at, reader.at + 16).join('')
  const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(rest)
  if (found === null) return of
  reader.at += found[0].length
  const [, sign, low, comma, high] = found
  const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0
  const max = sign === undefined ? upper(min, comma, high) : sign === '?' ? 1 : Number.POSITIVE_INFINITY
  if (min > MOST_REPEATS || (max > MOST_REPEATS && max !== Number.POSITIVE_INFINITY))
    throw new RangeError(`repeats something more than ${MOST_REPEATS} times`)
  return { is: 'repeat', of, min, max }
}

function upper(min: number, comma: string | undefined, high: string | undefined): number {
  if (comma !== ',') return min
  return high === '' ? Number.POSITIVE_INFINITY : Number(high)
}

function readOne(reader: Reader, part: string): Node {
  reader.at++
  if (part === '(') return readGroup(reader)
  if (part === '[') return readClass(reader)
  if (part === '\\') return readEscape(reader)
  if (part === '^') return { is: 'start' }
  if (part === '$') return { is: 'end' }
  if (part === '.') return one('.')
  return { is: 'one', matches: (character) => character === part }
}

function readGroup(reader: Reader): Node {
  const rest = reader.parts.slice(reader.at, reader.at + 80).join('')
  if (/^\?(=|!|<=|<!)/.test(rest)) throw new RangeError('looks ahead or behind, which takes more than linear time')
  const opening = /^\?(:|<[A-Za-z_$][\w$]{0,63}>)/.exec(rest)
  if (rest.startsWith('?') && opening === null) throw new RangeError('has a group of an unknown kind')
  reader.at += opening?.[0].length ?? 0
  const inside = readAny(reader)
  reader.at++
  return inside
}

function readClass(reader: Reader): Node {
  const start = reader.at - 1
  while (reader.parts[reader.at] !== ']') reader.at += reader.parts[reader.at] === '\\' ? 2 : 1
  reader.at++
  return one(reader.parts.slice(start, reader.at).join(''))
}

function readEscape(reader: Reader): Node {
  const rest = reader.parts.slice(reader.at, reader.at + 80).join('')
  if (/^([1-9]|k<)/.test(rest)) throw new RangeError('refers back to a group, which takes more than linear time')
  if (rest.startsWith('b') || rest.startsWith('B')) {
    reader.at++
    return { is: rest.startsWith('b') ? 'word' : 'not word' }
  }
  const found = /^(u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[pP]\{[^}]*\}|c[A-Za-z]|[\s\S])/u.exec(rest)
  const escaped = found?.[0] ?? ''
  reader.at += [...escaped].length
  return one(`\\${escaped}`)
}

// One character is matched by the language itself, and remembered for ASCII.
function one(source: string): Node {
  const plain = new RegExp(`^(?:${source})$`, 'u')
  const known = Array.from({ length: 128 }, (_, code) => plain.test(String.fromCharCode(code)))
  return { is: 'one', matches: (character) => known[character.charCodeAt(0)] ?? plain.test(character) }
}

type State =
  | { readonly is: 'one'; readonly matches: (character: string) => boolean }
  | { readonly is: 'split'; next: number[] }
  | { readonly is: 'look'; readonly at: 'start' | 'end' | 'word' | 'not word' }
  | { readonly is: 'end' }

// States go on to the one behind them unless they say otherwise.
function statesOf(node: Node): readonly State[] {
  const states: State[] = []
  build(node, states)
  add(states, { is: 'end' })
  return states
}

function add(states: State[], state: State): number {
  if (states.length >= MOST_STATES) throw new RangeError(`is too large: it has more than ${MOST_STATES} states`)
  return states.push(state) - 1
}

function build(node: Node, states: State[]): void {
  if (node.is === 'one') add(states, node)
  else if (node.is === 'all') for (const part of node.of) build(part, states)
  else if (node.is === 'any') buildAny(node.of, states)
  else if (node.is === 'repeat') buildRepeat(node, states)
  else add(states, { is: 'look', at: node.is })
}

function buildAny(of: readonly Node[], states: State[]): void {
  const split = { is: 'split' as const, next: [] as number[] }
  add(states, split)
  const ends = of.map((part) => {
    split.next.push(states.length)
    build(part, states)
    const end = { is: 'split' as const, next: [] as number[] }
    add(states, end)
    return end
  })
  for (const end of ends) end.next.push(states.length)
}

function buildRepeat({ of, min, max }: Node & { is: 'repeat' }, states: State[]): void {
  for (let i = 0; i < min; i++) build(of, states)
  if (max === Number.POSITIVE_INFINITY) {
    const split = { is: 'split' as const, next: [] as number[] }
    const start = add(states, split)
    split.next.push(states.length)
    build(of, states)
    add(states, { is: 'split', next: [start] })
    split.next.push(states.length)
    return
  }
  const splits = Array.from({ length: max - min }, () => {
    const split = { is: 'split' as const, next: [] as number[] }
    add(states, split)
    split.next.push(states.length)
    build(of, states)
    return split
  })
  for (const split of splits) split.next.push(states.length)
}

function run(states: readonly State[], text: readonly string[]): boolean {
  const marks = new Int32Array(states.length).fill(-1)
  let current: number[] = []
  for (let at = 0; at <= text.length; at++) {
    // A match may begin anywhere.
    if (enter(states, 0, at, text, marks, current)) return true
    const character = text[at]
    if (character === undefined) return false
    const next: number[] = []
    for (const index of current) {
      const state = states[index]
      if (state?.is === 'one' && state.matches(character) && enter(states, index + 1, at + 1, text, marks, next))
        return true
    }
    current = next
  }
  return false
}

// Follows what takes no character, each state once for a place. True where the end is reached.
function enter(
  states: readonly State[],
  first: number,
  at: number,
  text: readonly string[],
  marks: Int32Array,
  into: number[],
): boolean {
  const open = [first]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (marks[index] === at) continue
    marks[index] = at
    const state = states[index] as State
    if (state.is === 'end') return true
    if (state.is === 'one') into.push(index)
    else if (state.is === 'split') open.push(...state.next)
    else if (holds(state.at, at, text)) open.push(index + 1)
  }
  return false
}

function holds(what: 'start' | 'end' | 'word' | 'not word', at: number, text: readonly string[]): boolean {
  if (what === 'start') return at === 0
  if (what === 'end') return at === text.length
  return (isWord(text[at - 1]) !== isWord(text[at])) === (what === 'word')
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character)
}
