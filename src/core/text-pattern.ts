import { buildMachine, isSubset, type Machine, OTHER, run, SYMBOLS } from './pattern-machine.ts'

/** A regular expression that is matched against a whole text, in one pass and in time linear in its length. */
export type TextPattern = {
  readonly source: string
  readonly matches: (text: string) => boolean
  readonly machine: Machine
}

/** What a pattern is made of. A set has a 1 for each symbol in it: the ASCII characters, and one for all others. */
export type PatternNode =
  | { readonly is: 'set'; readonly of: Uint8Array }
  | { readonly is: 'row'; readonly parts: readonly PatternNode[] }
  | { readonly is: 'choice'; readonly ways: readonly PatternNode[] }
  | { readonly is: 'repeat'; readonly of: PatternNode; readonly min: number; readonly max: number }

const LONGEST = 256
const DEEPEST = 16
const MOST_TIMES = 256

/**
 * Reads a pattern, or says what is wrong with it. It is a regular expression of few words: characters, `.`, `[a-z]`,
 * `[^a-z]`, `\d`, `\w`, `( | )`, `?`, `*`, `+`, `{n}`, `{n,}` and `{n,m}`. What could be slow is not in it: a pattern becomes
 * a table of states, and one that needs too many of them is refused.
 *
 * @example
 * const pattern = readPattern('v[0-9]{1,3}')
 * if (typeof pattern !== 'string') pattern.matches('v12') // true
 */
export function readPattern(source: string): TextPattern | string {
  if (source.length === 0 || source.length > LONGEST) return `must have 1 to ${LONGEST} characters`
  const reader = new Reader(source)
  try {
    const tree = reader.choice(0)
    if (!reader.atEnd()) throw new PatternFault('has a ")" that closes nothing')
    const machine = buildMachine(tree)
    if (machine === null) return 'is too large: it repeats too much within what it repeats'
    return Object.freeze({ source, machine, matches: (text: string) => run(machine, text) })
  } catch (error) {
    if (error instanceof PatternFault) return error.message
    throw error
  }
}

/** Whether every text that the first pattern matches is matched by the second. */
export function isWithin(narrow: TextPattern, wide: TextPattern): boolean {
  return isSubset(narrow.machine, wide.machine)
}

class PatternFault extends Error {}

const QUANTIFIERS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  '?': [0, 1],
  '*': [0, Number.POSITIVE_INFINITY],
  '+': [1, Number.POSITIVE_INFINITY],
}

/** A recursive descent over the text of a pattern. A class for the place that it has come to. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  atEnd(): boolean {
    return this.#at === this.#text.length
  }

  choice(depth: number): PatternNode {
    if (depth > DEEPEST) throw new PatternFault('has too many brackets within brackets')
    const ways = [this.#row(depth)]
    while (this.#takes('|')) ways.push(this.#row(depth))
    return ways.length === 1 ? (ways[0] as PatternNode) : { is: 'choice', ways }
  }

  #row(depth: number): PatternNode {
    const parts: PatternNode[] = []
    while (!this.atEnd() && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#repeated(depth))
    return { is: 'row', parts }
  }

  #repeated(depth: number): PatternNode {
    const of = this.#atom(depth)
    const times = this.#quantifier()
    if (times === null) return of
    if (this.#quantifier() !== null) throw new PatternFault('repeats a repetition')
    return { is: 'repeat', of, min: times[0], max: times[1] }
  }

  #quantifier(): readonly [number, number] | null {
    const known = Object.hasOwn(QUANTIFIERS, this.#peek()) ? QUANTIFIERS[this.#peek()] : undefined
    if (known !== undefined) {
      this.#at++
      return known
    }
    return this.#peek() === '{' ? this.#counted() : null
  }

  #counted(): readonly [number, number] {
    const found = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(this.#text.slice(this.#at))
    if (found === null)
      throw new PatternFault('has a "{" that is neither {n}, {n,} nor {n,m}; write \\{ for the character')
    this.#at += found[0].length
    const min = Number(found[1])
    const max = found[2] === undefined ? min : Number(found[3] ?? Number.POSITIVE_INFINITY)
    if (max < min || min > MOST_TIMES || (max !== Number.POSITIVE_INFINITY && max > MOST_TIMES))
      throw new PatternFault(`must repeat something 0 to ${MOST_TIMES} times, the smaller number first`)
    return [min, max]
  }

  #atom(depth: number): PatternNode {
    const character = this.#next()
    if (character === '(') return this.#group(depth)
    if (character === '[') return { is: 'set', of: this.#set() }
    if (character === '.') return { is: 'set', of: new Uint8Array(SYMBOLS).fill(1) }
    if (character === '\\') return { is: 'set', of: this.#escaped() }
    if ('^$'.includes(character)) throw new PatternFault(`always matches the whole: leave "${character}" out`)
    if ('?*+{'.includes(character)) throw new PatternFault(`has "${character}" where there is nothing to repeat`)
    return { is: 'set', of: setOf([character, character]) }
  }

  #group(depth: number): PatternNode {
    if (this.#peek() === '?') throw new PatternFault('has "(?", which is not among the words of these patterns')
    const inner = this.choice(depth + 1)
    if (!this.#takes(')')) throw new PatternFault('has a "(" that is not closed')
    return inner
  }

  #escaped(): Uint8Array {
    const character = this.#next()
    if (character === 'd') return setOf(['0', '9'])
    if (character === 'w') return setOf(['0', '9'], ['A', 'Z'], ['a', 'z'], ['_', '_'])
    if (/[A-Za-z0-9]/.test(character))
      throw new PatternFault(`has "\\${character}"; there are \\d, \\w and escaped marks`)
    return setOf([character, character])
  }

  #set(): Uint8Array {
    const isNegated = this.#takes('^')
    const all = new Uint8Array(SYMBOLS)
    if (this.#peek() === ']') throw new PatternFault('has an empty "[]"')
    while (!this.#takes(']')) add(all, this.#member())
    return isNegated ? all.map((bit) => 1 - bit) : all
  }

  #member(): Uint8Array {
    const first = this.#next()
    if (first === '\\') return this.#escaped()
    const isRange = this.#peek() === '-' && this.#text[this.#at + 1] !== ']'
    if (!isRange) return setOf([first, first])
    this.#at++
    const last = this.#next()
    if (last === '\\' || last < first) throw new PatternFault(`has the range "${first}-${last}", which is none`)
    return setOf([first, last])
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #next(): string {
    const character = this.#peek()
    if (character === '') throw new PatternFault('ends too early')
    if (!/[\x20-\x7e]/.test(character)) throw new PatternFault('must be plain ASCII; "." matches any other character')
    this.#at++
    return character
  }
}

function setOf(...ranges: readonly (readonly [first: string, last: string])[]): Uint8Array {
  const set = new Uint8Array(SYMBOLS)
  for (const [first, last] of ranges) set.fill(1, first.charCodeAt(0), Math.min(last.charCodeAt(0), OTHER - 1) + 1)
  return set
}

function add(all: Uint8Array, more: Uint8Array): void {
  for (let i = 0; i < SYMBOLS; i++) if (more[i] === 1) all[i] = 1
}
