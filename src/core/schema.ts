import type { Type as TypeBox } from 'typebox'

type Makers = Pick<
  typeof TypeBox,
  | 'Array'
  | 'Boolean'
  | 'Enum'
  | 'Integer'
  | 'Literal'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'Partial'
  | 'Record'
  | 'Ref'
  | 'String'
  | 'Union'
  | 'Unknown'
  | 'Unsafe'
  | 'With'
>
type Schema = Readonly<Record<string, unknown>>
type Properties = Readonly<Record<string, Schema>>

/** Says of a property that it may be absent. Not enumerable, so that no document shows it. */
const OPTIONAL = '~optional'

const makers = {
  Array: (items: Schema, options?: Schema) => ({ type: 'array', items, ...options }),
  Boolean: (options?: Schema) => ({ type: 'boolean', ...options }),
  Enum: (words: readonly unknown[], options?: Schema) => ({ enum: words, ...options }),
  Integer: (options?: Schema) => ({ type: 'integer', ...options }),
  Literal: (value: unknown, options?: Schema) => ({ type: typeof value, const: value, ...options }),
  Null: (options?: Schema) => ({ type: 'null', ...options }),
  Number: (options?: Schema) => ({ type: 'number', ...options }),
  Object: objectOf,
  Optional: (schema: Schema) => optional({ ...schema }),
  Partial: (schema: Schema, options?: Schema) => objectOf(allOptional(schema.properties as Properties), options),
  Record: (names: Schema, values: Schema, options?: Schema) => ({
    type: 'object',
    patternProperties: { [String(names.pattern ?? '^.*$')]: values },
    ...options,
  }),
  Ref: (name: string, options?: Schema) => ({ $ref: name, ...options }),
  String: (options?: Schema) => ({ type: 'string', ...options }),
  Union: (anyOf: readonly Schema[], options?: Schema) => ({ anyOf, ...options }),
  Unknown: (options?: Schema) => ({ ...options }),
  Unsafe: (schema: Schema) => schema,
  With: (schema: Schema, options: Schema) => {
    const made = { ...schema, ...options }
    return isOptional(schema) ? optional(made) : made
  },
}

/**
 * Makes JSON Schemas whose TypeScript types are TypeBox's, so that `Static` and Fastify's type provider read them. What
 * is made is plain JSON: the package itself, 370 files, is not loaded to write it.
 *
 * @example
 * const Version = Type.Object({ version: Type.String(), note: Type.Optional(Type.String()) })
 */
export const Type = Object.freeze(makers) as unknown as Readonly<Makers>

function objectOf(properties: Properties, options?: Schema): Schema {
  const required = Object.keys(properties).filter((name) => !isOptional(properties[name] as Schema))
  return { type: 'object', ...(required.length === 0 ? {} : { required }), properties, ...options }
}

function allOptional(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, optional({ ...schema })]))
}

function optional(schema: Schema): Schema {
  return Object.defineProperty(schema, OPTIONAL, { value: true })
}

function isOptional(schema: Schema): boolean {
  return OPTIONAL in schema
}
