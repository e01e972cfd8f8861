import { Secret } from '../core/index.ts'
import { type FieldNode, isNullable } from './field.ts'
import { laterSentence } from './later.ts'
import { didYouMean, likelyName } from './likely.ts'
import { type Path, quoted } from './path.ts'
import { type Scalar, type Told, type Tree, treeOf } from './tree.ts'
import { parseDuration, parseSize, parseWindow, SIZE_UNITS, TIME_UNITS } from './units.ts'
import { variableName } from './variable.ts'

/** Tells a mistake at a path: at the value there or, with `key`, at its name. */
export type Say = (path: Path, message: string, want?: 'key' | 'value') => void

/**
 * Reads a tree by the schema: types, bounds, defaults, units, unknown keys. What is wrong is told and becomes
 * undefined, so that whoever looks further can tell it from what is only absent.
 *
 * @param place the path with `[]` for positions and `*` for names, for the table of what is not there yet
 */
export function resolve(node: FieldNode, tree: Tree | undefined, say: Say, path: Path = [], place = ''): unknown {
  if (tree === undefined) return 'default' in node ? resolveDefault(node, say, path, place) : undefined
  if (tree.is === 'told') return undefined
  const { environmentOnly, secret, kind } = node.sallyport
  if (environmentOnly === true && tree.spot.from === 'file') {
    say(path, `is not read from a file, where others may see it; put it in ${variableName(path.map(String))}`, 'key')
    return undefined
  }
  if (tree.is === 'scalar' && tree.value === null && isNullable(node)) return null
  const refuse = (message: string) => {
    say(path, message)
    return undefined
  }
  if (secret === true && tree.spot.from === 'file' && holdsPassword(scalar(tree))) {
    return refuse(`holds a password, which does not belong in a file; put it in ${variableName(path.map(String))}`)
  }
  const value = READERS[kind]({ node, tree, path, place, say, refuse })
  return secret === true && typeof value === 'string' ? new Secret(value) : value
}

type Reading = {
  readonly node: FieldNode
  readonly tree: Exclude<Tree, Told>
  readonly path: Path
  readonly place: string
  readonly say: Say
  readonly refuse: (message: string) => undefined
}

const READERS: Readonly<Record<FieldNode['sallyport']['kind'], (reading: Reading) => unknown>> = {
  text: readText,
  choice: readChoice,
  integer: readInteger,
  flag: readFlag,
  duration: (reading) => readAmount(reading, parseDuration, 'a duration', Object.keys(TIME_UNITS)),
  window: (reading) =>
    readAmount(reading, parseWindow, 'second, minute, hour, day, month or a duration', Object.keys(TIME_UNITS)),
  size: (reading) => readAmount(reading, parseSize, 'a size', Object.keys(SIZE_UNITS)),
  list: readList,
  map: readMap,
  section: readSection,
}

// A default is written like any other value and read the same way, so it obeys its own bounds.
function resolveDefault(node: FieldNode, say: Say, path: Path, place: string): unknown {
  return resolve(node, treeOf(node.default, { from: 'argument' }), say, path, place)
}

function readText({ node, tree, refuse }: Reading): string | undefined {
  const text = scalar(tree)
  if (typeof text !== 'string') {
    const hint = typeof text === 'number' || typeof text === 'boolean' ? '; put it in quotes' : ''
    return refuse(`must be a text, not ${nameOf(tree)}${hint}`)
  }
  const { minLength = 0, maxLength = Infinity, pattern = '', sallyport } = node
  if (text.length < minLength)
    return refuse(text === '' ? 'must not be empty' : `must be at least ${minLength} characters long`)
  if (text.length > maxLength) return refuse(`must be at most ${maxLength} characters long`)
  if (matches(pattern, text)) return text
  const shown = sallyport.secret === true ? '' : `, not ${quoted(text)}`
  return refuse(`${sallyport.form ?? 'must be one line without control characters'}${shown}`)
}

function readChoice({ node, tree, place, refuse }: Reading): string | undefined {
  const words = node.enum?.filter((word) => word !== null) ?? []
  const word = scalar(tree)
  if (typeof word === 'string' && words.includes(word)) return word
  const later = typeof word === 'string' ? laterSentence(place, word) : undefined
  if (later !== undefined) return refuse(later)
  const meant = typeof word === 'string' ? didYouMean(word, words) : ''
  return refuse(`must be ${orList(words.map((known) => `"${known}"`))}, not ${nameOf(tree)}${meant}`)
}

function readInteger({ node, tree, refuse }: Reading): number | undefined {
  const { minimum = -Infinity, maximum = Infinity } = node
  const number = scalar(tree)
  if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum) return number
  return refuse(`must be a whole number from ${minimum} to ${maximum}, not ${nameOf(tree)}`)
}

function readFlag({ tree, refuse }: Reading): boolean | undefined {
  const value = scalar(tree)
  return typeof value === 'boolean' ? value : refuse(`must be true or false, not ${nameOf(tree)}`)
}

function readAmount(
  { node, tree, refuse }: Reading,
  parse: (text: string) => number | null,
  what: string,
  units: readonly string[],
): number | undefined {
  const { min = '', max = '' } = node.sallyport
  const written = scalar(tree)
  if (typeof written === 'number')
    return refuse(`must have a unit: ${orList(units.map((unit) => `${written}${unit}`))}`)
  const amount = typeof written === 'string' ? parse(written) : null
  if (amount === null) return refuse(`must be ${what} such as ${String(node.default ?? max)}, not ${nameOf(tree)}`)
  if (amount >= (parse(min) ?? 0) && amount <= (parse(max) ?? 0)) return amount
  return refuse(`must be from ${min} to ${max}, not ${String(written)}`)
}

function readList({ node, tree, path, place, say, refuse }: Reading): readonly unknown[] | undefined {
  const { items, minItems = 0, maxItems = Infinity } = node
  if (tree.is !== 'list') {
    return refuse(
      `must be a list${tree.is === 'scalar' && tree.value !== null ? ', even of one: […]' : `, not ${nameOf(tree)}`}`,
    )
  }
  const { length } = tree.items
  if (length < minItems) return refuse(`must have at least ${minItems} ${minItems === 1 ? 'entry' : 'entries'}`)
  if (length > maxItems) return refuse(`must have at most ${maxItems} entries, not ${length}`)
  const seen = new Set<unknown>()
  return tree.items.map((item, i) => {
    const value = resolve(items as FieldNode, item, say, [...path, i], `${place}[]`)
    if (typeof value === 'string' && seen.has(value)) say([...path, i], `${quoted(value)} is in this list twice`)
    seen.add(value)
    return value
  })
}

function readMap({ node, tree, path, place, say, refuse }: Reading): Readonly<Record<string, unknown>> | undefined {
  const { propertyNames, additionalProperties, maxProperties = Infinity } = node
  if (tree.is !== 'map') return refuse(`must be names with values, not ${nameOf(tree)}`)
  if (tree.entries.size > maxProperties)
    return refuse(`must have at most ${maxProperties} names, not ${tree.entries.size}`)
  // No prototype: `constructor` is a name like any other.
  const values: Record<string, unknown> = Object.create(null)
  for (const [name, entry] of tree.entries) {
    const at = [...path, name]
    if (!matches(propertyNames?.pattern ?? '', name)) {
      say(at, node.sallyport.form ?? NAME_FORM, 'key')
    } else values[name] = resolve(additionalProperties as FieldNode, entry.value, say, at, `${place}.*`)
  }
  return values
}

const NAME_FORM = 'is no good name: it must start with a letter and hold at most 64 letters, digits, ".", "_" or "-"'

function readSection({ node, tree, path, place, say, refuse }: Reading): Readonly<Record<string, unknown>> | undefined {
  const { properties = {}, required = [] } = node
  if (tree.is === 'scalar' && tree.value === null) return refuse('is empty; write its values beneath it, or remove it')
  if (tree.is !== 'map') return refuse(`must hold ${andList(Object.keys(properties))}, not ${nameOf(tree)}`)
  const meant = new Set<string>()
  for (const name of tree.entries.keys()) {
    if (Object.hasOwn(properties, name)) continue
    const likely = likelyName(name, Object.keys(properties))
    if (likely !== null) meant.add(likely)
    say([...path, name], laterSentence(place, name) ?? unknownKey(name, likely, Object.keys(properties)), 'key')
  }
  return Object.fromEntries(
    Object.entries(properties).map(([name, child]) => {
      const entry = tree.entries.get(name)
      const at = [...path, name]
      // What was meant and misspelled is told once, not a second time as missing.
      if (entry === undefined && meant.has(name)) return [name, undefined]
      if (entry === undefined && required.includes(name)) say(at, `is missing: ${child.description}`)
      return [name, resolve(child, entry?.value, say, at, place === '' ? name : `${place}.${name}`)]
    }),
  )
}

function unknownKey(name: string, likely: string | null, known: readonly string[]): string {
  if (likely !== null) return `there is no setting ${quoted(name)} here; did you mean "${likely}"?`
  return `there is no setting ${quoted(name)} here; there are ${andList(known)}`
}

const compiled = new Map<string, RegExp>()

// The patterns are those of the schema, a fixed few; none of them can backtrack.
function matches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern)
  if (expression === undefined) {
    expression = new RegExp(pattern, 'u')
    compiled.set(pattern, expression)
  }
  return expression.test(text)
}

// RFC 3986, section 3.2.1, warns of passwords in addresses; libpq and its kin take them as a parameter too.
function holdsPassword(address: Scalar['value']): boolean {
  if (typeof address !== 'string') return false
  const url = URL.parse(address)
  // What has several hosts is no URL, and its password is no less one.
  if (url === null) return /^[a-z-]+:\/\/[^/?#]*:[^/?#]*@/.test(address)
  return url.password !== '' || url.searchParams.has('password')
}

function scalar(tree: Tree): Scalar['value'] {
  return tree.is === 'scalar' ? tree.value : null
}

function nameOf(tree: Exclude<Tree, Told>): string {
  if (tree.is === 'list') return 'a list'
  if (tree.is === 'map') return 'names with values'
  if (tree.is === 'foreign') return tree.what
  if (tree.value === null) return 'nothing'
  return typeof tree.value === 'string' ? quoted(tree.value) : `${tree.value}`
}

function orList(words: readonly string[]): string {
  return joined(words, 'or')
}

function andList(words: readonly string[]): string {
  return joined(words, 'and')
}

function joined(words: readonly string[], last: string): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}
