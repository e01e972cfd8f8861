import type { Json, Properties } from '../../../decision/question.ts'
import { CONSTRUCTORS } from './functions.ts'
import { isFault, type RecordValue, type Reference, setOf, type Value } from './value.ts'

/** Reads a value out of JSON. `null` is what only the judge can say something about, such as a fraction. */
export type Read = (raw: Json) => Value | null
/** How the properties of an entity or a context are read: first whether all can be, later one at a time. */
export type Form = {
  readonly isReadable: (raw: Properties) => boolean
  readonly read: (name: string, raw: Json) => Value | null
}

/** Deeper than this nothing is read here. */
const DEPTH = 32
// Names joined by `::`, none of which is a word of the language.
const TYPE_NAME = /^(?:(?!(?:true|false|if|then|else|in|is|like|has|__cedar)(?:::|$))[A-Za-z_]\w*(?:::(?!$)|$))+$/

/** Reads JSON as Cedar does without a schema: what is no plain value is escaped as `__entity` or `__extn`. */
export const readPlain: Read = (raw) => readAt(raw, 0)

function readAt(raw: Json, depth: number): Value | null {
  if (typeof raw === 'boolean') return raw
  if (typeof raw === 'string') return raw.isWellFormed() ? raw : null
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? raw : null
  if (typeof raw !== 'object' || raw === null || depth > DEPTH) return null
  if (isList(raw)) return readSet(raw, (item) => readAt(item, depth + 1))
  const names = Object.keys(raw)
  if (names.some(isEscape)) return names.length === 1 ? readEscaped(raw) : null
  return readRecord(names, raw, (_, value) => readAt(value, depth + 1))
}

export function isList(raw: Json): raw is readonly Json[] {
  return Array.isArray(raw)
}

export function isObject(raw: Json | undefined): raw is Properties {
  return typeof raw === 'object' && raw !== null && !isList(raw)
}

export function readSet(raw: readonly Json[], read: Read): Value | null {
  const items: Value[] = []
  for (const item of raw) {
    const value = read(item)
    if (value === null) return null
    items.push(value)
  }
  return setOf(items)
}

export function readRecord(
  names: readonly string[],
  raw: Properties,
  read: (name: string, value: Json) => Value | null,
): RecordValue | null {
  const fields = new Map<string, Value>()
  for (const name of names) {
    const value = name.isWellFormed() ? read(name, raw[name] as Json) : null
    if (value === null) return null
    fields.set(name, value)
  }
  return { kind: 'record', fields }
}

/** `{ "__entity": … }` and `{ "__extn": … }`. */
export function readEscaped(raw: Properties): Value | null {
  const { __entity: entity, __extn: extension } = raw
  return isObject(entity) ? referenceOf(entity) : isObject(extension) ? extensionOf(extension) : null
}

export function referenceOf(raw: Properties): Reference | null {
  const { type, id, ...more } = raw
  if (typeof type !== 'string' || typeof id !== 'string' || Object.keys(more).length > 0) return null
  return isTypeName(type) && id.isWellFormed() ? { kind: 'entity', type, id } : null
}

/** Whether a text can be the name of a type. */
export function isTypeName(type: string): boolean {
  return TYPE_NAME.test(type)
}

// What means something to Cedar; `__expr` is refused by it.
export function isEscape(name: string): boolean {
  return name === '__entity' || name === '__extn' || name === '__expr'
}

export function extensionOf(raw: Properties): Value | null {
  const { fn, arg, ...more } = raw
  if (typeof fn !== 'string' || typeof arg !== 'string' || Object.keys(more).length > 0) return null
  return extensionFrom(fn, arg)
}

export function extensionFrom(name: string, text: string): Value | null {
  const read = Object.hasOwn(CONSTRUCTORS, name) ? CONSTRUCTORS[name] : undefined
  const value = read?.(text) ?? null
  return value === null || isFault(value) ? null : value
}

/** Without a schema every property is what it looks like. */
export const PLAIN: Form = Object.freeze({ isReadable: isPlain, read: (_: string, raw: Json) => readPlain(raw) })

function isPlain(raw: Properties): boolean {
  for (const name in raw) {
    const value = raw[name]
    if (isEscape(name) || !name.isWellFormed()) return false
    // Most properties are plain texts and switches; those need not be read to know that they can be.
    if (typeof value === 'boolean') continue
    const isRead = typeof value === 'string' ? value.isWellFormed() : readPlain(value as Json) !== null
    if (!isRead) return false
  }
  return true
}
