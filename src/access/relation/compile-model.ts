import type { FieldError } from '../../core/index.ts'
import { layersOf, ruleFault } from './layers.ts'
import {
  type Allowed,
  childrenOf,
  type Expression,
  type ModelDocument,
  partsOf,
  readAllowed,
  ruleKey,
} from './model.ts'

/** An expression with what a walk asks of it worked out. */
export type Compiled =
  | { readonly is: 'direct'; readonly allowed: readonly Allowed[]; readonly names: ReadonlySet<string> }
  | { readonly is: 'computed'; readonly relation: string }
  | { readonly is: 'from'; readonly relation: string; readonly tupleset: string; readonly parents: ReadonlySet<string> }
  | { readonly is: 'any' | 'all'; readonly of: readonly Compiled[] }
  | { readonly is: 'except'; readonly base: Compiled; readonly except: Compiled }

/** A relation of a type. */
export type Rule = {
  readonly key: string
  readonly type: string
  readonly relation: string
  readonly expression: Compiled
  /** How its tuples may name subjects: `user`, `group#member`, `user:*`. */
  readonly named: ReadonlySet<string>
  /** What excludes is decided before what it is excluded from: rules of a lower layer first. */
  readonly layer: number
  /** What gives somebody this rule. */
  readonly sources: readonly Source[]
  /** All rules that must be known to know this one, what it excludes included, by key. */
  readonly needs: readonly string[]
  /** Whether neither it nor anything it is made of holds an intersection or exclusion. */
  readonly plain: boolean
}

/** How holding one thing gives a rule: by a tuple of the same object, by another relation to it, or through a parent. */
export type Source =
  | { readonly by: 'direct'; readonly allowed: Allowed }
  | { readonly by: 'computed'; readonly rule: string }
  | { readonly by: 'from'; readonly rule: string; readonly tupleset: string }

/** A model that may be walked. */
export type Model = {
  readonly version: number
  readonly document: ModelDocument
  readonly types: ReadonlySet<string>
  readonly rules: ReadonlyMap<string, Rule>
}

/**
 * Makes a model walkable, or says why it cannot be: names that nothing has, relations that need each other without end.
 *
 * @param document of the right form, see `modelFormFaults`
 */
export function compileModel(
  document: ModelDocument,
  version: number,
): { readonly faults: readonly FieldError[]; readonly model: Model | null } {
  const expressions = expressionsOf(document)
  const faults = [...expressions].flatMap(([key, expression]) => nameFaults(document, expressions, key, expression))
  if (faults.length > 0) return { faults: faults.slice(0, 20), model: null }
  const compiled = new Map([...expressions].map(([key, it]) => [key, compiledOf(expressions, typeOf(key), it)]))
  const idle = idleOf(compiled)
  if (idle.length > 0)
    return { faults: idle.map((key) => ruleFault(key, 'comes back to itself and to nothing else')), model: null }
  const layers = layersOf(new Map([...compiled].map(([key, it]) => [key, needsOf(typeOf(key), it)])))
  if ('faults' in layers) return { faults: layers.faults, model: null }
  return { faults: [], model: modelOf(document, version, compiled, layers.of) }
}

function modelOf(
  document: ModelDocument,
  version: number,
  compiled: ReadonlyMap<string, Compiled>,
  layers: ReadonlyMap<string, number>,
): Model {
  const sources = new Map([...compiled].map(([key, it]) => [key, sourcesOf(typeOf(key), it)]))
  const twisted = twistedOf(compiled, sources)
  const rules = [...compiled].map(([key, expression]): [string, Rule] => {
    const [type = '', relation = ''] = key.split('#')
    const needs = needsOf(type, expression).map(({ rule }) => rule)
    const made = {
      needs,
      named: new Set(namesIn(expression)),
      sources: sources.get(key) ?? [],
      plain: !twisted.has(key),
    }
    return [key, Object.freeze({ key, type, relation, expression, layer: layers.get(key) ?? 0, ...made })]
  })
  return Object.freeze({ version, document, types: new Set(Object.keys(document.types)), rules: new Map(rules) })
}

function expressionsOf(document: ModelDocument): Map<string, Expression> {
  return new Map(
    Object.entries(document.types).flatMap(([type, { relations = {} }]) =>
      Object.entries(relations).map(([name, it]): [string, Expression] => [ruleKey(type, name), it]),
    ),
  )
}

type Expressions = ReadonlyMap<string, Expression>

function nameFaults(document: ModelDocument, all: Expressions, key: string, whole: Expression): FieldError[] {
  const type = typeOf(key)
  const path = `types.${type}.relations.${key.slice(type.length + 1)}`
  return [...partsOf(whole)]
    .flatMap((it) => {
      if ('direct' in it) return it.direct.flatMap((text) => allowedFault(document, all, text) ?? [])
      if ('from' in it) return fromFault(all, type, it) ?? []
      if ('relation' in it && !all.has(ruleKey(type, it.relation)))
        return [`there is no relation "${it.relation}" of ${type}`]
      return []
    })
    .map((message) => ({ path, message }))
}

function allowedFault(document: ModelDocument, all: Expressions, text: string): string | null {
  const allowed = readAllowed(text)
  if (allowed === null) return `"${text}" is no subject`
  if (!Object.hasOwn(document.types, allowed.type)) return `there is no type "${allowed.type}"`
  const known = allowed.relation === '' || all.has(ruleKey(allowed.type, allowed.relation))
  return known ? null : `there is no relation "${allowed.relation}" of ${allowed.type}`
}

function fromFault(all: Expressions, type: string, it: { relation: string; from: string }): string | null {
  const tupleset = all.get(ruleKey(type, it.from))
  if (tupleset === undefined) return `there is no relation "${it.from}" of ${type}`
  if (!('direct' in tupleset)) return `"${it.from}" must be direct, since "${it.relation}" is taken from what it names`
  if (tupleset.direct.some((text) => /[#*]/.test(text))) return `"${it.from}" must name objects only: no # and no *`
  const found = tupleset.direct.some((parent) => all.has(ruleKey(parent, it.relation)))
  return found ? null : `none of the types that "${it.from}" names has a relation "${it.relation}"`
}

function compiledOf(all: Expressions, type: string, it: Expression): Compiled {
  if ('direct' in it) {
    return { is: 'direct', allowed: it.direct.flatMap((text) => readAllowed(text) ?? []), names: new Set(it.direct) }
  }
  if ('from' in it) return { is: 'from', relation: it.relation, tupleset: it.from, parents: parentsOf(all, type, it) }
  if ('relation' in it) return { is: 'computed', relation: it.relation }
  if ('base' in it) {
    return { is: 'except', base: compiledOf(all, type, it.base), except: compiledOf(all, type, it.except) }
  }
  const of = childrenOf(it).map((child) => compiledOf(all, type, child))
  return { is: 'anyOf' in it ? 'any' : 'all', of }
}

// Types without the relation give nobody anything; they may still be parents.
function parentsOf(all: Expressions, type: string, it: { relation: string; from: string }): ReadonlySet<string> {
  const tupleset = all.get(ruleKey(type, it.from))
  const named = tupleset !== undefined && 'direct' in tupleset ? tupleset.direct : []
  return new Set(named.filter((parent) => all.has(ruleKey(parent, it.relation))))
}

function namesIn(it: Compiled): string[] {
  if (it.is === 'direct') return [...it.names]
  if (it.is === 'except') return [...namesIn(it.base), ...namesIn(it.except)]
  return it.is === 'any' || it.is === 'all' ? it.of.flatMap(namesIn) : []
}

/** What a rule is made of. `except` is left out of it: it gives nobody anything. */
function sourcesOf(type: string, it: Compiled): Source[] {
  if (it.is === 'direct') return it.allowed.map((allowed): Source => ({ by: 'direct', allowed }))
  if (it.is === 'computed') return [{ by: 'computed', rule: ruleKey(type, it.relation) }]
  if (it.is === 'from') {
    return [...it.parents].map((parent) => ({ by: 'from', rule: ruleKey(parent, it.relation), tupleset: it.tupleset }))
  }
  return it.is === 'except' ? sourcesOf(type, it.base) : it.of.flatMap((child) => sourcesOf(type, child))
}

/** A rule that another needs decided, and whether in order to exclude. */
type Need = { readonly rule: string; readonly excludes: boolean }

function needsOf(type: string, it: Compiled, excludes = false): Need[] {
  if (it.is === 'except') return [...needsOf(type, it.base, excludes), ...needsOf(type, it.except, true)]
  if (it.is === 'any' || it.is === 'all') return it.of.flatMap((child) => needsOf(type, child, excludes))
  return sourcesOf(type, it).flatMap((source): Need[] => {
    const rule = ruleOf(source)
    return rule === '' ? [] : [{ rule, excludes }]
  })
}

// Rules that no tuple can ever give to anybody, since they only repeat each other.
function idleOf(compiled: ReadonlyMap<string, Compiled>): string[] {
  const live = new Set<string>()
  for (let before = -1; before !== live.size; ) {
    before = live.size
    for (const [key, it] of compiled) if (isLive(typeOf(key), it, live)) live.add(key)
  }
  return [...compiled.keys()].filter((key) => !live.has(key))
}

function isLive(type: string, it: Compiled, live: ReadonlySet<string>): boolean {
  if (it.is === 'direct') return true
  if (it.is === 'computed') return live.has(ruleKey(type, it.relation))
  if (it.is === 'from') return [...it.parents].some((parent) => live.has(ruleKey(parent, it.relation)))
  if (it.is === 'except') return isLive(type, it.base, live)
  return it.is === 'any'
    ? it.of.some((child) => isLive(type, child, live))
    : it.of.every((child) => isLive(type, child, live))
}

function twistedOf(
  compiled: ReadonlyMap<string, Compiled>,
  sources: ReadonlyMap<string, readonly Source[]>,
): ReadonlySet<string> {
  const twisted = new Set([...compiled].filter(([, it]) => !isUnion(it)).map(([key]) => key))
  for (let before = -1; before !== twisted.size; ) {
    before = twisted.size
    for (const [key, of] of sources) if (of.some((it) => twisted.has(ruleOf(it)))) twisted.add(key)
  }
  return twisted
}

/** The rule that a source asks for; empty for a plain subject. */
export function ruleOf(source: Source): string {
  if (source.by !== 'direct') return source.rule
  return source.allowed.relation === '' ? '' : ruleKey(source.allowed.type, source.allowed.relation)
}

function isUnion(it: Compiled): boolean {
  if (it.is === 'any') return it.of.every(isUnion)
  return it.is !== 'all' && it.is !== 'except'
}

function typeOf(key: string): string {
  return key.slice(0, key.indexOf('#'))
}
