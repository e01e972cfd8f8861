import { createRequire } from 'node:module'
import type { TypeNode } from 'graphql'

const require = createRequire(import.meta.url)
// Thirty files, which a configuration without GraphQL does not load.
export const graphql = (): typeof import('graphql') => require('graphql')

/** What of a schema matters to what a request costs. */
export type Schema = {
  /** The names of the types that operations begin with. */
  readonly roots: Readonly<Record<'query' | 'mutation' | 'subscription', string>>
  /** The fields of each type: which type they are of, and whether there are many. */
  readonly types: ReadonlyMap<string, ReadonlyMap<string, FieldType>>
}

export type FieldType = { readonly name: string; readonly isList: boolean }

/**
 * Reads a schema in SDL.
 *
 * @throws Error for what is none
 */
export function readSchema(text: string): Schema {
  const roots = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }
  const types = new Map<string, Map<string, FieldType>>()
  for (const definition of graphql().parse(text, { noLocation: true }).definitions) {
    if (definition.kind === 'SchemaDefinition' || definition.kind === 'SchemaExtension') {
      for (const { operation, type } of definition.operationTypes ?? []) roots[operation] = type.name.value
    } else if (
      'fields' in definition &&
      definition.kind !== 'InputObjectTypeDefinition' &&
      definition.kind !== 'InputObjectTypeExtension'
    ) {
      const fields = types.get(definition.name.value) ?? new Map<string, FieldType>()
      for (const { name, type } of definition.fields ?? []) fields.set(name.value, fieldTypeOf(type))
      types.set(definition.name.value, fields)
    } else if (definition.kind === 'UnionTypeDefinition') types.set(definition.name.value, new Map())
  }
  if (!types.has(roots.query)) throw new Error(`has no type ${roots.query}`)
  return Object.freeze({ roots: Object.freeze(roots), types })
}

function fieldTypeOf(type: TypeNode): FieldType {
  if (type.kind === 'NamedType') return { name: type.name.value, isList: false }
  const inner = fieldTypeOf(type.type)
  return type.kind === 'ListType' ? { ...inner, isList: true } : inner
}
