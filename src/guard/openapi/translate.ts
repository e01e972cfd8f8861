import type { OpenApiDocument } from './document.ts'
import { isObject, type Json, type JsonObject } from './tree.ts'

/** What a copy of a document's schemas is for. */
export type Use = {
  readonly direction: 'request' | 'response'
  /** Objects have no other properties than those that are described. */
  readonly closed: boolean
  /** The copy that parts of other schemas refer to: what stands under a name is left open. */
  readonly forParts: boolean
}

/** Where the copy for parts is found. */
export const FOR_PARTS = 'https://document.invalid/parts'

type Place = Use & { readonly is30: boolean; readonly isPart: boolean }

/** A copy of a document whose schemas are JSON Schema 2020-12, each in its place. */
export function translated({ version, root }: OpenApiDocument, use: Use): JsonObject {
  const place: Place = { ...use, is30: version === '3.0', isPart: false }
  return copyOutside(root, '', place) as JsonObject
}

// Outside of schemas only what leads to them matters; the rest is copied as it is.
function copyOutside(value: Json, pointer: string, place: Place): Json {
  if (Array.isArray(value)) return value.map((inner: Json, i) => copyOutside(inner, `${pointer}/${i}`, place))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const here = `${pointer}/${name}`
      const isNamed = pointer === '/components/schemas'
      if (isNamed) return [name, schemaOf(inner as Json, { ...place, isPart: place.forParts })]
      if (name === 'schema' && !/\/(properties|responses|parameters|headers|examples?)$/.test(pointer))
        return [name, schemaOf(inner as Json, place)]
      return [name, copyOutside(inner as Json, here, place)]
    }),
  )
}

const LISTS = new Set(['allOf', 'anyOf', 'oneOf'])
const PARTS = new Set(['if', 'then', 'else', 'not'])
const SINGLE = new Set([
  'items',
  'additionalProperties',
  'contains',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
])
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])

function schemaOf(schema: Json, place: Place): Json {
  if (!isObject(schema)) return schema
  if (place.is30 && typeof schema.$ref === 'string') return { $ref: refOf(schema.$ref, place) }
  const inner = { ...place, isPart: false }
  const part = { ...place, isPart: true }
  const made: Record<string, Json | undefined> = {}
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined) continue
    if (name === '$ref' && typeof value === 'string')
      made.$ref = refOf(value, Object.keys(schema).length > 1 ? part : place)
    else if (LISTS.has(name) && Array.isArray(value)) made[name] = value.map((it: Json) => schemaOf(it, part))
    else if (name === 'prefixItems' && Array.isArray(value)) made[name] = value.map((it: Json) => schemaOf(it, inner))
    else if (PARTS.has(name)) made[name] = schemaOf(value, part)
    else if (SINGLE.has(name)) made[name] = schemaOf(value, inner)
    else if (MAPS.has(name) && isObject(value)) made[name] = mapOf(value, inner)
    else if (!ANNOTATIONS.has(name)) made[name] = value
  }
  if (place.is30) modernise(made)
  return closedFor(hidden(made, schema, place), place)
}

// They say nothing about values, and may hold what looks like a schema.
const ANNOTATIONS = new Set([
  'example',
  'examples',
  'default',
  'description',
  'title',
  'externalDocs',
  'xml',
  'discriminator',
  'deprecated',
  '$comment',
])

function mapOf(value: JsonObject, place: Place): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, schemaOf(inner as Json, place)]))
}

function refOf(reference: string, { closed, isPart }: Place): string {
  return closed && isPart ? `${FOR_PARTS}${reference}` : reference
}

// OpenAPI 3.0 is draft 4 with words of its own.
function modernise(schema: Record<string, Json | undefined>): void {
  for (const [word, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (schema[word] === true && schema[bound] !== undefined) {
      schema[word] = schema[bound]
      delete schema[bound]
    } else if (typeof schema[word] === 'boolean') delete schema[word]
  }
  if (schema.nullable === true && typeof schema.type === 'string') schema.type = [schema.type, 'null']
  delete schema.nullable
}

// What only answers have is not asked of requests, and the other way round.
function hidden(made: Record<string, Json | undefined>, schema: JsonObject, { direction, closed }: Place) {
  const word = direction === 'request' ? 'readOnly' : 'writeOnly'
  const names = isObject(schema.properties)
    ? Object.entries(schema.properties).flatMap(([name, it]) => (isObject(it) && it[word] === true ? [name] : []))
    : []
  if (names.length === 0) return made
  const required = Array.isArray(made.required)
    ? { required: made.required.filter((it) => !names.includes(String(it))) }
    : {}
  const rest = Object.entries(made.properties as JsonObject).filter(([name]) => !names.includes(name))
  return { ...made, ...required, ...(closed ? { properties: Object.fromEntries(rest) } : {}) }
}

function closedFor(schema: Record<string, Json | undefined>, { closed, isPart }: Place): JsonObject {
  const describes = ['properties', 'patternProperties', 'allOf', 'anyOf', 'oneOf', '$ref'].some(
    (word) => word in schema,
  )
  const says = 'additionalProperties' in schema || 'unevaluatedProperties' in schema
  const isPlainRef = '$ref' in schema && Object.keys(schema).length === 1
  if (!closed || isPart || says || !describes || isPlainRef) return schema
  return { ...schema, unevaluatedProperties: false }
}
