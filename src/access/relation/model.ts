/**
 * Who has a relation to an object. `direct` lists the subjects that tuples may name: `user`, `group#member` for all who
 * have that relation, `user:*` for everybody of the type.
 */
export type Expression =
  | { readonly direct: readonly string[] }
  /** Whoever has another relation to the same object. */
  | { readonly relation: string }
  /** Whoever has `relation` to the objects that `from` names: `viewer` from `parent`. */
  | { readonly relation: string; readonly from: string }
  | { readonly anyOf: readonly Expression[] }
  | { readonly allOf: readonly Expression[] }
  | { readonly base: Expression; readonly except: Expression }

/** The types of an organization's objects, and the relations that somebody can have to them. */
export type ModelDocument = {
  readonly types: {
    readonly [type: string]: { readonly relations?: { readonly [relation: string]: Expression } }
  }
}

/** Bounds of one model: what an organization can make a check cost. */
export const MODEL_BOUNDS = { types: 100, relations: 100, parts: 100, nesting: 8, subjects: 50 } as const

/** Names of types and relations. Plain, so that nothing in a tuple can be read as a name. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_./-]{0,63}$'
const NAME = new RegExp(NAME_PATTERN)

export function isName(text: string): boolean {
  return NAME.test(text)
}

/** A relation of a type, as one text: `group#member`. */
export function ruleKey(type: string, relation: string): string {
  return `${type}#${relation}`
}

/** An entry of a `direct` list. */
export type Allowed = { readonly type: string; readonly relation: string; readonly everybody: boolean }

/** Reads `user`, `group#member` or `user:*`; null where it is none of them. */
export function readAllowed(text: string): Allowed | null {
  const everybody = text.endsWith(':*')
  const [type = '', relation = '', ...more] = (everybody ? text.slice(0, -2) : text).split('#')
  if (more.length > 0 || !isName(type) || (text.includes('#') && !isName(relation))) return null
  return everybody && relation !== '' ? null : { type, relation, everybody }
}

/** Every part of an expression, itself included, outermost first. */
export function* partsOf(expression: Expression): Generator<Expression> {
  yield expression
  for (const child of childrenOf(expression)) yield* partsOf(child)
}

/** The expressions directly inside one. */
export function childrenOf(expression: Expression): readonly Expression[] {
  if ('anyOf' in expression) return expression.anyOf
  if ('allOf' in expression) return expression.allOf
  return 'base' in expression ? [expression.base, expression.except] : []
}
