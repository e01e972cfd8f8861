import type { Request } from '../../core/index.ts'
import { JSON_BOUNDS, jsonProblem } from '../shape/json-rule.ts'
import type { Parameter as Written } from '../shape/query.ts'
import { decoded } from '../shape/query.ts'
import { coerced, type Kinds, kindsOf, objectOf } from './coerce.ts'
import type { SchemaFault, Validate } from './judge.ts'
import type { Schemas } from './schemas.ts'
import { isObject, type JsonObject, objectsIn, placeOf, resolved } from './tree.ts'

/** One parameter of an operation, ready to be read and judged. */
export type Parameter = {
  readonly where: 'path' | 'query' | 'header' | 'cookie'
  readonly name: string
  readonly required: boolean
  readonly read: (source: ParameterSource) => Found
  readonly validate: Validate
  /** Whether it is this parameter that has this name in a query. */
  readonly owns: (name: string) => boolean
}

/** What parameters are read from. */
export type ParameterSource = {
  readonly request: Pick<Request, 'header'>
  readonly query: readonly Written[]
  readonly path: Readonly<Record<string, string>>
}

/** Undefined where it is not there; null where it cannot be read. */
type Found = { readonly value: unknown } | undefined | null

const STYLES: Readonly<Record<Parameter['where'], readonly string[]>> = {
  path: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
}

/**
 * Makes a parameter of what a document says of it.
 *
 * @param pointer where it stands in the document
 * @throws Error that says what of it is not read
 */
export function parameterOf(root: JsonObject, described: JsonObject, pointer: string, schemas: Schemas): Parameter {
  const { name, in: where, required } = described
  if (typeof name !== 'string' || !isWhere(where)) throw new Error('a parameter needs `name` and `in`')
  const style = String(described.style ?? STYLES[where][0])
  if (!STYLES[where].includes(style)) throw new Error(`style ${style} is not read in ${where}`)
  const explode = typeof described.explode === 'boolean' ? described.explode : style === 'form'
  const [content] = objectsIn(described.content)
  const at =
    content === undefined ? `${pointer}/schema` : `${pointer}/content/${content[0].replaceAll('/', '~1')}/schema`
  const schema = content === undefined ? described.schema : content[1].schema
  const kinds = kindsOf(root, schema)
  const isObjectLike = kinds.properties !== null && !kinds.isList
  const spread = where === 'query' && style === 'form' && explode && isObjectLike && content === undefined
  const read = content === undefined ? readerOf(root, { name, where, style, explode, kinds }) : jsonReader(name, where)
  return Object.freeze({
    where,
    name,
    required: required === true || where === 'path',
    read,
    validate: schema === undefined ? () => null : schemas(at),
    owns: (asked: string) => {
      if (spread) return kinds.isOpen || Object.hasOwn(kinds.properties ?? {}, asked)
      return asked === name || (style === 'deepObject' && asked.startsWith(`${name}[`))
    },
  })
}

function isWhere(value: unknown): value is Parameter['where'] {
  return typeof value === 'string' && Object.hasOwn(STYLES, value)
}

type Way = {
  readonly name: string
  readonly where: Parameter['where']
  readonly style: string
  readonly explode: boolean
  readonly kinds: Kinds
}

function jsonReader(name: string, where: Parameter['where']): Parameter['read'] {
  return (source) => {
    const texts = textsOf(source, name, where)
    if (texts === null || texts.length > 1) return null
    const [text] = texts
    if (text === undefined) return undefined
    const bytes = Buffer.from(text)
    return jsonProblem(bytes, JSON_BOUNDS) === null ? { value: JSON.parse(text) as unknown } : null
  }
}

function readerOf(root: JsonObject, way: Way): Parameter['read'] {
  const { name, where, style, explode, kinds } = way
  const items = kindsOf(root, kinds.items)
  const isObjectLike = kinds.properties !== null && !kinds.isList
  const mark = style === 'spaceDelimited' ? ' ' : style === 'pipeDelimited' ? '|' : ','
  if (style === 'deepObject') return (source) => deepObject(root, source, name, kinds)
  if (isObjectLike && where === 'query' && explode) return (source) => spreadObject(root, source, kinds)
  return (source) => {
    const texts = textsOf(source, name, where)
    if (texts === null) return null
    const [text] = texts
    if (text === undefined) return undefined
    if (kinds.isList) {
      const isRepeated = explode && where === 'query'
      if (!isRepeated && texts.length > 1) return null
      const parts = isRepeated ? texts : text === '' ? [] : text.split(mark)
      return { value: parts.map((part) => coerced(part, items)) }
    }
    if (texts.length > 1) return null
    return isObjectLike ? flatObject(root, text, mark, explode, kinds) : { value: coerced(text, kinds) }
  }
}

// Every text under a name; null where one cannot be decoded.
function textsOf(source: ParameterSource, name: string, where: Parameter['where']): readonly string[] | null {
  if (where === 'query') return source.query.filter((it) => it.name === name).map(({ value }) => value)
  if (where === 'path') return [source.path[name] ?? ''].filter((text) => text !== '')
  if (where === 'cookie') return cookiesOf(source.request.header('cookie') ?? '', name)
  const header = source.request.header(name.toLowerCase())
  return header === undefined ? [] : [header.trim()]
}

function cookiesOf(header: string, name: string): readonly string[] | null {
  const pairs = header.split(';').map((pair) => pair.trim())
  const texts = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => decoded(pair.slice(name.length + 1)))
  return texts.includes(null) ? null : texts.filter((text) => text !== null)
}

function deepObject(root: JsonObject, { query }: ParameterSource, name: string, kinds: Kinds): Found {
  const own = query.filter((it) => it.name.startsWith(`${name}[`))
  if (own.length === 0) return query.some((it) => it.name === name) ? null : undefined
  const texts: [string, string][] = []
  for (const { name: whole, value } of own) {
    const property = /^\[([^[\]]{1,128})\](\[\])?$/.exec(whole.slice(name.length))?.[1]
    if (property === undefined) return null
    texts.push([property, value])
  }
  return madeOf(objectOf(root, kinds, texts))
}

function spreadObject(root: JsonObject, { query }: ParameterSource, kinds: Kinds): Found {
  const own = query.filter(({ name }) => Object.hasOwn(kinds.properties ?? {}, name))
  return own.length === 0
    ? undefined
    : madeOf(
        objectOf(
          root,
          kinds,
          own.map(({ name, value }) => [name, value] as const),
        ),
      )
}

function flatObject(root: JsonObject, text: string, mark: string, explode: boolean, kinds: Kinds): Found {
  const parts = text.split(mark)
  const pairs: [string, string][] = []
  for (let i = 0; i < parts.length; i += explode ? 1 : 2) {
    const [name, value] = explode ? (parts[i] as string).split('=', 2) : [parts[i], parts[i + 1]]
    if (name === undefined || value === undefined) return null
    pairs.push([name, value])
  }
  return madeOf(objectOf(root, kinds, pairs))
}

function madeOf(value: Record<string, unknown> | null): Found {
  return value === null ? null : { value }
}

/** What is wrong with a parameter of a request, or null. */
export function faultOfParameter(parameter: Parameter, source: ParameterSource): SchemaFault | null {
  const { name, where, required, read, validate } = parameter
  const found = read(source)
  const pointer = `${where}/${name}`
  if (found === null) return { pointer, keyword: 'style', message: 'style: cannot be read' }
  if (found === undefined) return required ? { pointer, keyword: 'required', message: 'required: is missing' } : null
  const fault = validate(found.value)
  return fault === null ? null : { ...fault, pointer: pointer + fault.pointer }
}

/** The parameters that a document gives an operation: those of its path, and its own, which come first. */
export function described(
  root: JsonObject,
  lists: readonly (readonly [pointer: string, list: unknown])[],
): [string, JsonObject][] {
  const found = new Map<string, [string, JsonObject]>()
  for (const [pointer, list] of lists) {
    if (!Array.isArray(list)) continue
    list.forEach((item, i) => {
      const parameter = resolved(root, item)
      if (parameter === undefined || !isObject(parameter)) return
      found.set(`${String(parameter.in)} ${String(parameter.name).toLowerCase()}`, [
        placeOf(root, item, `${pointer}/${i}`),
        parameter,
      ])
    })
  }
  return [...found.values()]
}
