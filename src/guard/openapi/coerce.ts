import { isObject, type Json, type JsonObject, resolved } from './tree.ts'

export type SingleType = 'integer' | 'number' | 'boolean' | 'null' | 'string'

/** What a schema may be about, looked up along references and alternatives. */
export type Kinds = {
  readonly single: ReadonlySet<SingleType>
  readonly isList: boolean
  readonly items: Json | undefined
  readonly properties: Readonly<Record<string, Json>> | null
  readonly isOpen: boolean
}

const DEEPEST = 8

/** Collects the kinds of values that a schema is about. */
export function kindsOf(root: Json, schema: Json | undefined): Kinds {
  const schemas = flatten(root, schema, 0)
  const types = new Set(schemas.flatMap(({ type, nullable }) => [type, nullable === true ? 'null' : []].flat()))
  const properties = Object.assign({}, ...schemas.map((it) => (isObject(it.properties) ? it.properties : {})))
  const isObjectLike = types.has('object') || Object.keys(properties).length > 0
  return {
    single: new Set([...types].filter((it): it is SingleType => SINGLE.has(String(it)))),
    isList: types.has('array') || schemas.some((it) => it.items !== undefined),
    items: schemas.find((it) => it.items !== undefined)?.items,
    properties: isObjectLike ? properties : null,
    isOpen: schemas.some((it) => it.additionalProperties !== undefined && it.additionalProperties !== false),
  }
}

const SINGLE: ReadonlySet<string> = new Set(['integer', 'number', 'boolean', 'null', 'string'])

function flatten(root: Json, schema: Json | undefined, depth: number): JsonObject[] {
  const found = resolved(root, schema)
  if (found === undefined || depth > DEEPEST) return []
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((name) =>
    Array.isArray(found[name]) ? (found[name] as Json[]) : [],
  )
  return [found, ...parts.flatMap((part) => flatten(root, part, depth + 1))]
}

/** A text as a value of these kinds: the narrowest that it is written as. What fits none stays a text, for the schema to refuse. */
export function coerced(text: string, { single }: Pick<Kinds, 'single'>): unknown {
  if ((single.has('integer') || single.has('number')) && NUMBER.test(text) && Number.isFinite(Number(text)))
    return Number(text)
  if (single.has('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  if (single.has('null') && !single.has('string') && (text === 'null' || text === '')) return null
  return text
}

const NUMBER = /^-?(0|[1-9]\d{0,63})(\.\d{1,64})?([eE][+-]?\d{1,3})?$/

/** Texts under names as an object: lists where the schema has lists, numbers where it has numbers. */
export function objectOf(
  root: Json,
  { properties }: Kinds,
  texts: readonly (readonly [string, string])[],
): Record<string, unknown> | null {
  const made: Record<string, unknown> = Object.create(null)
  for (const [name, text] of texts) {
    const kinds = kindsOf(root, properties !== null && Object.hasOwn(properties, name) ? properties[name] : undefined)
    if (!kinds.isList) {
      if (name in made || name === '__proto__') return null
      made[name] = coerced(text, kinds)
      continue
    }
    const list = (made[name] ?? []) as unknown[]
    list.push(coerced(text, kindsOf(root, kinds.items)))
    made[name] = list
  }
  return made
}
