import type {
  DirectiveNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql'
import type { Schema } from './schema.ts'

/** How much a document asks for, every fragment counted wherever it is spread. */
export type Measure = {
  readonly depth: number
  readonly cost: number
  readonly aliases: number
  readonly directives: number
}

export type Measured =
  | { readonly ok: true; readonly value: Measure; readonly introspects: boolean; readonly changes: boolean }
  | { readonly ok: false; readonly message: string }

type Ground = {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly schema: Schema | null
  readonly listSize: number
  readonly variables: Readonly<Record<string, unknown>>
  /** Fragments that were measured, by where they were spread: each is walked through once. */
  readonly known: Map<string, Measure>
  readonly open: Set<string>
  introspects: boolean
}

/** A document that cannot be measured. */
class Unmeasurable extends Error {}

const NOTHING: Measure = Object.freeze({ depth: 0, cost: 0, aliases: 0, directives: 0 })

/**
 * Measures every operation of a document; the largest of each counts.
 *
 * @param listSize how many there are of what is a list and does not say how many are wanted
 * @param variables the values that were sent, for how many are wanted
 */
export function measure(
  document: DocumentNode,
  { schema, listSize, variables }: Pick<Ground, 'schema' | 'listSize' | 'variables'>,
): Measured {
  const operations = document.definitions.filter((it) => it.kind === 'OperationDefinition')
  const fragments = document.definitions.filter((it) => it.kind === 'FragmentDefinition')
  if (operations.length === 0) return { ok: false, message: 'has no operation' }
  const named = new Map(fragments.map((it) => [it.name.value, it]))
  if (named.size < fragments.length) return { ok: false, message: 'has two fragments of one name' }
  const ground: Ground = {
    fragments: named,
    schema,
    listSize,
    variables,
    known: new Map(),
    open: new Set(),
    introspects: false,
  }
  try {
    const value = operations.map((it) => ofOperation(it, ground)).reduce(larger)
    const changes = operations.some(({ operation }) => operation !== 'query')
    return { ok: true, value, introspects: ground.introspects, changes }
  } catch (error) {
    if (error instanceof Unmeasurable) return { ok: false, message: error.message }
    // The stack was not deep enough for it.
    if (error instanceof RangeError) return { ok: false, message: 'is nested too deeply' }
    throw error
  }
}

function ofOperation(operation: OperationDefinitionNode, ground: Ground): Measure {
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === 'IntValue' ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  )
  const type = ground.schema?.roots[operation.operation] ?? null
  // How many are wanted may differ by operation, so what is known of fragments is too.
  const own = { ...ground, variables: { ...defaults, ...ground.variables }, known: new Map(), open: new Set<string>() }
  const inside = ofSelections(operation.selectionSet, type, false, own)
  ground.introspects ||= own.introspects
  return sum(inside, ofDirectives(operation.directives))
}

function ofSelections(
  { selections }: SelectionSetNode,
  type: string | null,
  isSized: boolean,
  ground: Ground,
): Measure {
  return selections.reduce((all, selection) => {
    const directives = ofDirectives(selection.directives)
    if (selection.kind === 'Field') return sum(all, sum(directives, ofField(selection, type, isSized, ground)))
    if (selection.kind === 'FragmentSpread')
      return sum(all, sum(directives, ofFragment(selection.name.value, isSized, ground)))
    const inner = selection.typeCondition?.name.value ?? type
    return sum(all, sum(directives, ofSelections(selection.selectionSet, known(inner, ground), isSized, ground)))
  }, NOTHING)
}

function ofField(field: FieldNode, type: string | null, isSized: boolean, ground: Ground): Measure {
  const name = field.name.value
  const alias = field.alias === undefined ? NOTHING : { ...NOTHING, aliases: 1 }
  if (name.startsWith('__')) {
    if (name !== '__typename') ground.introspects = true
    const inside =
      field.selectionSet === undefined
        ? NOTHING
        : ofSelections(field.selectionSet, null, true, { ...ground, schema: null })
    return sum(alias, { ...inside, depth: inside.depth + 1, cost: inside.cost + 1 })
  }
  const defined = type === null ? undefined : ground.schema?.types.get(type)?.get(name)
  if (type !== null && defined === undefined) throw new Unmeasurable(`asks for a field that ${type} does not have`)
  if (field.selectionSet === undefined) return sum(alias, { ...NOTHING, depth: 1, cost: 1 })
  const wanted = sizeOf(field, ground)
  const many = wanted ?? (defined?.isList === true && !isSized ? ground.listSize : 1)
  const inside = ofSelections(field.selectionSet, defined?.name ?? null, wanted !== null, ground)
  return sum(alias, { ...inside, depth: inside.depth + 1, cost: 1 + many * inside.cost })
}

function ofFragment(name: string, isSized: boolean, ground: Ground): Measure {
  const key = `${ground.schema === null} ${isSized} ${name}`
  const measured = ground.known.get(key)
  if (measured !== undefined) return measured
  const fragment = ground.fragments.get(name)
  if (fragment === undefined) throw new Unmeasurable('spreads a fragment that is not there')
  if (ground.open.has(name)) throw new Unmeasurable('has fragments that spread each other in a circle')
  ground.open.add(name)
  const type = known(fragment.typeCondition.name.value, ground)
  const made = sum(ofDirectives(fragment.directives), ofSelections(fragment.selectionSet, type, isSized, ground))
  ground.open.delete(name)
  ground.known.set(key, made)
  return made
}

function known(type: string | null, { schema }: Ground): string | null {
  if (schema === null || type === null) return null
  if (!schema.types.has(type)) throw new Unmeasurable('names a type that the schema does not have')
  return type
}

const SIZES = new Set(['first', 'last', 'limit'])

// What is wanted by a variable that nobody sent may be anything, so it counts like what does not say.
function sizeOf({ arguments: given = [] }: FieldNode, { variables, listSize }: Ground): number | null {
  const sizes = given.flatMap(({ name, value }) => {
    if (!SIZES.has(name.value)) return []
    const said =
      value.kind === 'Variable' ? variables[value.name.value] : value.kind === 'IntValue' ? Number(value.value) : null
    return [typeof said === 'number' && Number.isFinite(said) ? Math.abs(said) : listSize]
  })
  return sizes.length === 0 ? null : Math.max(1, ...sizes)
}

function ofDirectives(directives: readonly DirectiveNode[] = []): Measure {
  return directives.length === 0 ? NOTHING : { ...NOTHING, directives: directives.length }
}

function sum(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    cost: a.cost + b.cost,
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
  }
}

function larger(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    cost: Math.max(a.cost, b.cost),
    aliases: Math.max(a.aliases, b.aliases),
    directives: Math.max(a.directives, b.directives),
  }
}
