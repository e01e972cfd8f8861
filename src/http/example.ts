import type { Static, TSchema } from 'typebox'
import { Type } from '../core/index.ts'

/**
 * The schema with examples of what it describes, for `/openapi.json`. The compiler checks them against the schema's type.
 *
 * @example
 * const VersionBody = withExample(Type.Object({ version: Type.String() }), { version: '1.0.0' })
 */
export function withExample<T extends TSchema>(schema: T, ...examples: readonly Static<T>[]): T {
  return Type.With(schema, { examples }) as unknown as T
}

/** The examples that a schema carries. */
export function examplesOf(schema: TSchema): readonly unknown[] {
  const { examples } = schema as { readonly examples?: unknown }
  return Array.isArray(examples) ? examples : []
}
