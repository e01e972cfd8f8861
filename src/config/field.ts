import type { TUnsafe } from 'typebox'

/** How a value is read: the row of the table in `resolve.ts` that reads it. */
export type Kind = 'choice' | 'duration' | 'flag' | 'integer' | 'list' | 'map' | 'section' | 'size' | 'text' | 'window'

/** What we know of a field beyond JSON Schema. Left out of the schema that editors get. */
export type FieldFacts = {
  readonly kind: Kind
  /** Wrapped in a `Secret`, never quoted in a problem. */
  readonly secret?: true
  /** Read from the environment only: refused in a file. */
  readonly environmentOnly?: true
  /** What the value is when nobody writes it, where that follows from other values. A sentence. */
  readonly derived?: string
  /** Bounds of a duration, size or window, as people write them. */
  readonly min?: string
  readonly max?: string
  /** What a text must look like: the sentence for one that does not match its pattern. */
  readonly form?: string
}

/** Whether a value may be left out: it may when it has a default or follows from other values. */
export type Presence = 'required' | 'optional'

/**
 * A TypeBox schema that knows what people write (`Static`), what it becomes after reading (`Becomes`), and whether
 * it may be left out.
 */
export type Field<Written = unknown, After = unknown, P extends Presence = Presence> = TUnsafe<Written> & {
  readonly '~becomes': After
  readonly '~presence': P
  readonly sallyport: FieldFacts
}

/** What a field's value is after reading: durations are milliseconds, sizes bytes, secrets wrapped, nothing absent. */
export type Becomes<F extends Field> = F['~becomes']

/** The JSON Schema keywords that our fields use: how the reader sees a field. */
export type FieldNode = {
  readonly sallyport: FieldFacts
  readonly type: string | readonly string[]
  readonly description: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, FieldNode>>
  readonly required?: readonly string[]
  readonly items?: FieldNode
  readonly additionalProperties?: FieldNode | false
  readonly propertyNames?: { readonly pattern: string }
  readonly enum?: readonly (string | null)[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
}

/** A field as the reader sees it. */
export function nodeOf(field: Field): FieldNode {
  return field as unknown as FieldNode
}

/** Whether `null` is a value of this field. */
export function isNullable(node: FieldNode): boolean {
  return Array.isArray(node.type) && node.type.includes('null')
}
