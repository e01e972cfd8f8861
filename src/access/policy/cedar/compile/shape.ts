import type { Properties } from '../../../decision/question.ts'
import {
  extensionFrom,
  extensionOf,
  type Form,
  isEscape,
  isList,
  isObject,
  type Read,
  readEscaped,
  readPlain,
  readRecord,
  readSet,
  referenceOf,
} from './read.ts'
import type { Value } from './value.ts'

/** A type of the schema, in Cedar's JSON. */
type TypeJson = {
  readonly type: string
  readonly name?: string
  readonly element?: TypeJson
  readonly attributes?: Readonly<Record<string, TypeJson & { readonly required?: boolean }>>
  readonly additionalAttributes?: boolean
}
type Fields = ReadonlyMap<string, { readonly read: Read; readonly required: boolean }>
type Namespaces = readonly (readonly [string, { readonly commonTypes?: object; readonly entityTypes: object }])[]
type Findings = Set<string>

/** Reads by the types of a schema. */
export type Shapes = {
  readonly formOf: (json: object | undefined) => Form
  readonly tagsOf: (json: object | undefined) => Form
}

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['ipaddr', 'ip'],
  ['decimal', 'decimal'],
  ['datetime', 'datetime'],
  ['duration', 'duration'],
])
/** Common types may name each other so many times. */
const DEPTH = 32

export function shapesOf(namespaces: Namespaces, unknown: Findings): Shapes {
  const common = new Map(
    namespaces.flatMap(([space, { commonTypes = {} }]) =>
      Object.entries(commonTypes).map(([name, json]) => [space === '' ? name : `${space}::${name}`, json] as const),
    ),
  )
  const enums = enumsOf(namespaces)
  const context = { common, enums, unknown }
  return {
    formOf: (json) => recordForm(fieldsOf((json as TypeJson | undefined) ?? { type: 'Record' }, context, 0)),
    tagsOf: (json) => (json === undefined ? recordForm(new Map()) : tagForm(readerOf(json as TypeJson, context, 0))),
  }
}

type Context = {
  readonly common: ReadonlyMap<string, TypeJson>
  readonly enums: ReadonlyMap<string, ReadonlySet<string>>
  readonly unknown: Findings
}

function enumsOf(namespaces: Namespaces): ReadonlyMap<string, ReadonlySet<string>> {
  const all = namespaces.flatMap(([space, { entityTypes }]) =>
    Object.entries(entityTypes as Record<string, { enum?: readonly string[] }>).map(
      ([name, json]) => [space === '' ? name : `${space}::${name}`, json.enum] as const,
    ),
  )
  return new Map(all.flatMap(([name, ids]) => (ids === undefined ? [] : [[name, new Set(ids)] as const])))
}

function recordForm(fields: Fields): Form {
  const required = [...fields].filter(([, field]) => field.required).map(([name]) => name)
  return {
    isReadable: (raw) =>
      required.every((name) => Object.hasOwn(raw, name)) &&
      Object.keys(raw).every((name) => (fields.get(name)?.read(raw[name] as never) ?? null) !== null),
    read: (name, raw) => fields.get(name)?.read(raw) ?? null,
  }
}

function tagForm(read: Read): Form {
  return {
    isReadable: (raw) =>
      Object.keys(raw).every((name) => !isEscape(name) && name.isWellFormed() && read(raw[name] as never) !== null),
    read: (_, raw) => read(raw),
  }
}

function fieldsOf(json: TypeJson, context: Context, depth: number): Fields {
  const resolved = resolve(json, context)
  if (resolved.type !== 'Record' || resolved.additionalAttributes === true || depth > DEPTH)
    context.unknown.add('schema')
  const fields = Object.entries(resolved.attributes ?? {})
  return new Map(
    fields.map(([name, field]) => [
      name,
      { read: readerOf(field, context, depth + 1), required: field.required ?? true },
    ]),
  )
}

function resolve(json: TypeJson, { common }: Context): TypeJson {
  let resolved = json
  for (let i = 0; i < DEPTH; i++) {
    const name = resolved.type === 'EntityOrCommon' ? (resolved.name ?? '') : resolved.type
    const next = common.get(name)
    if (next === undefined) return resolved
    resolved = next
  }
  return resolved
}

function readerOf(json: TypeJson, context: Context, depth: number): Read {
  const resolved = resolve(json, context)
  const name = resolved.type === 'Extension' ? (resolved.name ?? '') : resolved.type
  const extension = EXTENSIONS.get(name.replace(/^__cedar::/, ''))
  if (depth > DEPTH) return unknownType(context)
  if (extension !== undefined) return extensionReader(extension)
  switch (name.replace(/^__cedar::/, '')) {
    case 'Bool':
    case 'Boolean':
      return primitive('boolean')
    case 'Long':
      return primitive('number')
    case 'String':
      return primitive('string')
    case 'Set':
      return setReader(readerOf(resolved.element ?? { type: '' }, context, depth + 1))
    case 'Record':
      return recordReader(fieldsOf(resolved, context, depth))
    case 'Entity':
      return entityReader(resolved.name ?? '', context)
    default:
      return unknownType(context)
  }
}

function unknownType({ unknown }: Context): Read {
  unknown.add('schema')
  return () => null
}

function primitive(type: 'boolean' | 'number' | 'string'): Read {
  return (raw) => (typeof raw === type ? readPlain(raw) : null)
}

function setReader(read: Read): Read {
  return (raw) => (isList(raw) ? readSet(raw, read) : null)
}

function recordReader(fields: Fields): Read {
  const form = recordForm(fields)
  return (raw) => (isObject(raw) && form.isReadable(raw) ? readRecord(Object.keys(raw), raw, form.read) : null)
}

function entityReader(type: string, { enums }: Context): Read {
  const ids = enums.get(type) ?? null
  return (raw) => {
    if (!isObject(raw)) return null
    const entity = isEscaped(raw, '__entity') ? readEscaped(raw) : referenceOf(raw)
    if (entity === null || typeof entity !== 'object' || entity.kind !== 'entity' || entity.type !== type) return null
    return ids === null || ids.has(entity.id) ? entity : null
  }
}

function extensionReader(name: string): Read {
  return (raw) => {
    if (typeof raw === 'string') return extensionFrom(name, raw)
    if (!isObject(raw)) return null
    return ofKind(isEscaped(raw, '__extn') ? readEscaped(raw) : extensionOf(raw), name)
  }
}

function ofKind(value: Value | null, kind: string): Value | null {
  return typeof value === 'object' && value !== null && value.kind === kind ? value : null
}

function isEscaped(raw: Properties, name: string): boolean {
  return Object.hasOwn(raw, name) && Object.keys(raw).length === 1
}
