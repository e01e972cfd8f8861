import type { TSchema } from 'typebox'
import { type Secret, Type } from '../core/index.ts'
import { type Field, type FieldFacts, type Kind, nodeOf, type Presence } from './field.ts'
import { DURATION_PATTERN, SIZE_PATTERN, WINDOW_PATTERN } from './units.ts'

// Every maker below gives the TypeBox schema the type that its facts promise; this is the one place where that is said.
type Makes<W, A, P extends Presence> = Field<W, A, P>
type Absence = { readonly default?: unknown; readonly derived?: string }
type PresenceOf<O> = O extends { readonly default: unknown } | { readonly derived: string } ? 'optional' : 'required'
type TextOptions = Absence & {
  readonly pattern?: string
  readonly form?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly examples?: readonly string[]
}
type Bounds = Absence & { readonly min: string; readonly max: string }
type NumberBounds = Absence & { readonly min: number; readonly max: number }

const ONE_LINE = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$'

/** One line of text. `form` is the sentence for a text that does not match the pattern. */
export function text<const O extends TextOptions>(sentence: string, options: O) {
  return makeText(sentence, options, {}) as Makes<string, string, PresenceOf<O>>
}

/** A text that must not be printed, such as an address that may hold a password. */
export function secretText<const O extends TextOptions>(sentence: string, options: O) {
  return makeText(sentence, options, { secret: true }) as Makes<string, Secret, PresenceOf<O>>
}

/** A secret that is read from the environment only and null when it is not there. */
export function environmentSecret(sentence: string, options: TextOptions) {
  const facts = { secret: true, environmentOnly: true } as const
  return orNull(makeText(sentence, options, facts) as Makes<never, Secret, 'required'>)
}

/** One of a few words. */
export function choice<const W extends string, const O extends Absence>(
  sentence: string,
  words: readonly W[],
  options: O,
) {
  const schema = Type.Enum([...words], { type: 'string', ...keywords('choice', sentence, options) })
  return schema as unknown as Makes<W, W, PresenceOf<O>>
}

/** A whole number between two bounds, both allowed. */
export function integer<const O extends NumberBounds>(sentence: string, options: O) {
  const { min: minimum, max: maximum } = options
  const schema = Type.Integer({ ...keywords('integer', sentence, options), minimum, maximum })
  return schema as unknown as Makes<number, number, PresenceOf<O>>
}

/** A TCP port. 0 lets the system choose a free one. */
export function port<const O extends Absence>(sentence: string, options: O) {
  return integer(sentence, { ...options, min: 0, max: 65_535 }) as Makes<number, number, PresenceOf<O>>
}

/** Yes or no. */
export function flag<const O extends Absence>(sentence: string, options: O) {
  return Type.Boolean(keywords('flag', sentence, options)) as unknown as Makes<boolean, boolean, PresenceOf<O>>
}

/** A length of time such as `30s`; milliseconds after reading. */
export function duration<const O extends Bounds>(sentence: string, options: O) {
  return amount('duration', DURATION_PATTERN, sentence, options) as Makes<string, number, PresenceOf<O>>
}

/** A number of bytes such as `1mb`; bytes after reading. */
export function size<const O extends Bounds>(sentence: string, options: O) {
  return amount('size', SIZE_PATTERN, sentence, options) as Makes<string, number, PresenceOf<O>>
}

/** The window of a limit: `second`, `minute`, `hour`, `day`, `month` or a duration; milliseconds after reading. */
export function window<const O extends Bounds>(sentence: string, options: O) {
  return amount('window', WINDOW_PATTERN, sentence, options) as Makes<string, number, PresenceOf<O>>
}

/** Several values of one kind, none twice. */
export function list<W, A, const O extends Absence & { readonly maxItems: number; readonly minItems?: number }>(
  sentence: string,
  items: Field<W, A>,
  options: O,
) {
  const { minItems = 0, maxItems } = options
  const schema = Type.Array(items, {
    ...keywords('list', sentence, options),
    ...(minItems > 0 && { minItems }),
    maxItems,
    uniqueItems: true,
  })
  return schema as unknown as Makes<readonly W[], readonly A[], PresenceOf<O>>
}

/** Values under names that the writer chooses. `form` is the sentence for a name that does not match `names`. */
export function map<
  W,
  A,
  const O extends Absence & { readonly names: string; readonly form?: string; readonly maxProperties: number },
>(sentence: string, values: Field<W, A>, options: O) {
  const { names, form, maxProperties } = options
  const schema = Type.Object(
    {},
    {
      ...keywords('map', sentence, options, form === undefined ? {} : { form }),
      additionalProperties: values as TSchema,
      propertyNames: { type: 'string', pattern: names },
      maxProperties,
    },
  )
  return schema as unknown as Makes<Readonly<Record<string, W>>, Readonly<Record<string, A>>, PresenceOf<O>>
}

type Properties = Readonly<Record<string, Field>>
type OptionalKeys<P extends Properties> = {
  [K in keyof P]: P[K]['~presence'] extends 'optional' ? K : never
}[keyof P]
type SectionOf<P extends Properties> = Field<
  { readonly [K in Exclude<keyof P, OptionalKeys<P>>]: P[K]['~unsafe'] } & {
    readonly [K in OptionalKeys<P>]?: P[K]['~unsafe']
  },
  { readonly [K in keyof P]: P[K]['~becomes'] },
  Exclude<keyof P, OptionalKeys<P>> extends never ? 'optional' : 'required'
>

/** Named values that belong together; other names are refused. May be left out when each of them may. */
export function section<const P extends Properties>(sentence: string, properties: P): SectionOf<P> {
  const entries = Object.entries(properties).map(([name, field]) => [
    name,
    mayBeAbsent(field) ? Type.Optional(field) : field,
  ])
  const optional = Object.values(properties).every(mayBeAbsent)
  const schema = Type.Object(Object.fromEntries(entries), {
    ...keywords('section', sentence, optional ? { default: {} } : {}),
    additionalProperties: false,
  })
  return schema as unknown as SectionOf<P>
}

/** A value that may also be null, and is when nobody writes it. */
export function orNull<W, A>(field: Field<W, A>): Field<W | null, A | null, 'optional'> {
  const schema = { ...field, type: [nodeOf(field).type, 'null'], default: null }
  return schema as unknown as Field<W | null, A | null, 'optional'>
}

/** A value that may also be null, though only when somebody writes that. */
export function nullable<W, A, P extends Presence>(field: Field<W, A, P>): Field<W | null, A | null, P> {
  const schema = { ...field, type: [nodeOf(field).type, 'null'] }
  return schema as unknown as Field<W | null, A | null, P>
}

function mayBeAbsent(field: Field): boolean {
  return 'default' in field || field.sallyport.derived !== undefined
}

function makeText(sentence: string, options: TextOptions, more: Partial<FieldFacts>): Field {
  const { form, pattern = ONE_LINE, minLength = 1, maxLength = 255, examples } = options
  const facts = form === undefined ? more : { ...more, form }
  const schema = Type.String({
    ...keywords('text', sentence, options, facts),
    pattern,
    minLength,
    maxLength,
    ...(examples === undefined ? {} : { examples }),
  })
  return schema as unknown as Field
}

function amount(kind: Kind, pattern: string, sentence: string, options: Bounds): Field {
  const { min, max } = options
  return Type.String({ ...keywords(kind, sentence, options, { min, max }), pattern }) as unknown as Field
}

function keywords(kind: Kind, description: string, absence: Absence, more: Partial<FieldFacts> = {}) {
  const derived = absence.derived === undefined ? {} : { derived: absence.derived }
  const sallyport: FieldFacts = { kind, ...more, ...derived }
  return { description, sallyport, ...('default' in absence ? { default: absence.default } : {}) }
}
